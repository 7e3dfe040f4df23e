package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.Tensor;

/**
 * Candidate boxes of a batch: boxes {@code [N,K,4]} xyxy network pixels, scores {@code [N,K]} (−1
 * where absent), counts I32 {@code [N]}. Rows beyond the count are padding.
 */
record Proposals(Tensor boxes, Tensor scores, Tensor counts) {}

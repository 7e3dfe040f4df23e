/**
 * Regions of interest: which are drawn for training ({@link dev.maskrcnn.detection.roi.RoiSampler})
 * and how they are pooled from the pyramid ({@link dev.maskrcnn.detection.roi.RoiPooler}). The
 * heads with their parameters are in {@code model}.
 */
package dev.maskrcnn.detection.roi;

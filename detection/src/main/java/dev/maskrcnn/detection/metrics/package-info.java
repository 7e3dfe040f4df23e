/**
 * COCO's evaluation: average precision and recall of boxes and masks.
 *
 * <p>Invariants: every number equals that of pycocotools, printed text included; a value of -1
 * means that nothing was there to measure.
 *
 * <p>Read {@link dev.maskrcnn.detection.metrics.CocoEvaluator} first. Another measure gets a class
 * of its own beside it and writes into the same results file.
 */
package dev.maskrcnn.detection.metrics;

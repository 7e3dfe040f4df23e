/**
 * Evaluation of a model on whole data sets: predictions, COCO's and Pascal VOC's measures, charts
 * and overlays.
 *
 * <p>Read {@link dev.maskrcnn.detection.evaluate.EvaluationRun} first, which the command {@code
 * eval} calls; {@code Evaluation} evaluates one data set and serves training as well. The measures
 * themselves are in {@link dev.maskrcnn.detection.metrics}.
 */
package dev.maskrcnn.detection.evaluate;

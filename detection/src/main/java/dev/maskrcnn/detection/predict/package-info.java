/**
 * Finding objects in images with a trained model.
 *
 * <p>Programs enter by {@link dev.maskrcnn.detection.predict.Detector}, the command line by {@link
 * dev.maskrcnn.detection.predict.PredictionRun}. {@code DatasetInference} predicts the images of a
 * data set for evaluation and overlays. All three share {@code DetectionPaster}, which turns what
 * the device found into boxes and masks in the pixels of the original image.
 *
 * <p>API: {@code Detector}, {@code DetectedObject}, {@code PredictionRun}. The rest serves other
 * packages of this module and may change.
 */
package dev.maskrcnn.detection.predict;

/**
 * What a run tells the outside while it works: the text log, the machine-readable metrics, the
 * progress display.
 *
 * <p>Two formats are fixed because scripts of the original system grep them: the log line of {@link
 * dev.maskrcnn.detection.log.RunLog} and the training line of {@link
 * dev.maskrcnn.detection.log.TrainingLine}; numbers in them are rounded as Python rounds ({@link
 * dev.maskrcnn.detection.log.PythonText}).
 *
 * <p>Invariants: a line of {@code metrics.jsonl} is on disk before {@code append} returns; a file
 * is replaced as a whole or not at all ({@link dev.maskrcnn.tensor.io.AtomicFile}); nothing here
 * touches tensors or devices, callers pass host numbers.
 *
 * <p>Read {@link dev.maskrcnn.detection.log.RunLog} first. A new quantity needs no code here: give
 * it a name in {@link dev.maskrcnn.detection.log.Meters} and in the map passed to {@link
 * dev.maskrcnn.detection.log.MetricsFile#append}.
 */
package dev.maskrcnn.detection.log;

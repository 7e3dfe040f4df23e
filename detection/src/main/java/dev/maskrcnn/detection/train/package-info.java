/**
 * Training, evaluation and prediction as whole runs: what the commands of the program call.
 *
 * <p>Purpose: take a configuration and paths, do everything that the original's {@code train_net}
 * and {@code test_net} do, and leave its files: logs, metrics, checkpoints, predictions, results,
 * charts and overlays.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Whatever can be checked is checked before the first iteration; what is wrong is one line.
 *   <li>Iteration n is a function of seed, n, weights and momentum; nothing else has state. So a
 *       resumed run repeats an uninterrupted one to the bit, with the same number of threads.
 *   <li>Everything of an iteration lives in its frame, its batch in one apart, because {@code
 *       UploadedBatches} sends the next one on its way meanwhile; memory is flat. Loader threads
 *       prepare host data, the thread of the run alone touches the device.
 *   <li>A killed run leaves complete files only.
 * </ul>
 *
 * <p>Programs that use a trained model enter by {@link dev.maskrcnn.detection.train.Detector}.
 *
 * <p>Read first: {@link dev.maskrcnn.detection.train.TrainingRun}, then {@code TrainingLoop}, whose
 * {@code step} is one iteration. {@link dev.maskrcnn.detection.train.EvaluationRun} and {@link
 * dev.maskrcnn.detection.train.PredictionRun} share {@code DatasetInference} and {@code
 * DetectionPaster}; {@code PassGraphs} captures the passes of all runs as CUDA graphs. A new kind
 * of run is a class beside these with its own options record.
 */
package dev.maskrcnn.detection.train;

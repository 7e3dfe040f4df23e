/**
 * Training as a whole run: what the command {@code train} calls.
 *
 * <p>Purpose: take a configuration and paths, do everything that the original's {@code train_net}
 * does, and leave its files: logs, metrics, checkpoints, results, charts and overlays.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Whatever can be checked is checked before the first iteration; what is wrong is one line.
 *   <li>Iteration n is a function of seed, n, weights and momentum; nothing else has state. So a
 *       resumed run repeats an uninterrupted one to the bit, with the same number of threads.
 *   <li>A killed run leaves complete files, and temporary ones that the next start removes.
 *   <li>What fails beside an update (an image, a file, a listener) costs no iteration that is done.
 * </ul>
 *
 * <p>Read first: {@code TrainingLoop}, which is all of an iteration, then {@link
 * dev.maskrcnn.detection.train.TrainingRun}, which hangs everything else on it as {@link
 * dev.maskrcnn.detection.train.TrainingListener}s: log, metrics, checkpoints, validation, the hunt
 * for values that are not finite. To extend: one more listener.
 */
package dev.maskrcnn.detection.train;

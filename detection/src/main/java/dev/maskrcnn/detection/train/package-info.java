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
 *   <li>A killed run leaves complete files only.
 * </ul>
 *
 * <p>Read first: {@link dev.maskrcnn.detection.train.TrainingRun}, then {@code TrainingLoop}, whose
 * {@code step} is one iteration.
 */
package dev.maskrcnn.detection.train;

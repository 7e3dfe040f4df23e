package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.engine.UploadedBatches;
import dev.maskrcnn.detection.metrics.CocoSummary;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Follows a training run; {@link TrainingRunBuilder#listener} registers one. All methods are called
 * by the thread that trains, in this order for each iteration: {@link #beforeIteration}, {@link
 * #afterIteration}, and {@link #losses} once the numbers have reached the host. On a CPU that is
 * before {@code afterIteration}. Where the host runs ahead of the device it is while the next
 * iteration is under way, so that nothing waits; {@link #needsLosses} asks for them earlier.
 *
 * <p>The run's own log, metrics, checkpoints and evaluations are listeners too; others are told
 * after them. An exception ends the run; the iterations that are done are saved first.
 */
public interface TrainingListener {
  /**
   * A run that is about to begin.
   *
   * @param config all settings
   * @param done iterations done already, when it goes on from a checkpoint
   * @param end the last iteration
   * @param stop ends it early
   */
  record Start(Config config, int done, int end, StopRequest stop) {}

  /** The first iteration comes next. */
  default void started(Start run) {}

  /** The batch of an iteration lies on the device; nothing is computed yet. */
  default void beforeIteration(int iteration, UploadedBatches.Batch<ImageBatch, StepFeed> batch) {}

  /** What an iteration measured; once for each, in their order. */
  default void losses(IterationLosses losses) {}

  /**
   * Whether {@link #losses} must come before {@link #afterIteration} of this iteration. If so the
   * host waits for the device.
   */
  default boolean needsLosses(int iteration) {
    return false;
  }

  /** An iteration is done: its update, if it makes one, is part of the weights from now on. */
  default void afterIteration(int iteration) {}

  /** The weights of an iteration were evaluated; for each data set, boxes and then masks. */
  default void evaluated(int iteration, Map<String, List<CocoSummary>> summaries) {}

  /** A checkpoint that the run can go on from was written. */
  default void checkpointed(int iteration, Path file) {}

  /** No iteration follows; the losses of all are known. The last evaluation is still to come. */
  default void ended(int iteration) {}
}

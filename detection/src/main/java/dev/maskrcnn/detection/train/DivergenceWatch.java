package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.UploadedBatches;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Ends a run whose losses are not finite: its checkpoints are still good. With a dynamic loss scale
 * such an update is skipped and the scale lowered, which goes on until it is hopeless.
 */
final class DivergenceWatch implements TrainingListener {
  /** Below this the scale has been halved so often that no gradient will ever be finite again. */
  private static final double LEAST_SCALE = 1e-4;

  private final boolean dynamic;
  private final Checkpoints checkpoints;
  private final Map<Integer, List<String>> images = new TreeMap<>();
  private boolean found;

  DivergenceWatch(TrainingLoop.Subject subject, Checkpoints checkpoints) {
    this.dynamic = subject.optimizer().scaler().scaling().isDynamic();
    this.checkpoints = checkpoints;
  }

  /** Whether the run ended because of its losses: its weights are not worth keeping. */
  boolean found() {
    return found;
  }

  @Override
  public void beforeIteration(int iteration, UploadedBatches.Batch<ImageBatch, StepFeed> batch) {
    images.put(iteration, batch.host().fileNames());
  }

  /**
   * Checks the losses.
   *
   * @throws RunException if one is not finite
   */
  @Override
  public void losses(IterationLosses step) {
    List<String> files = images.remove(step.iteration());
    boolean tolerated = dynamic && step.scaling().scale() >= LEAST_SCALE;
    if (Double.isFinite(step.total()) || tolerated) {
      return;
    }
    found = true;
    String bad =
        step.losses().entrySet().stream()
            .filter(e -> !e.getKey().equals(IterationLosses.TOTAL))
            .filter(e -> !Double.isFinite(e.getValue()))
            .map(e -> e.getKey() + " " + e.getValue())
            .collect(Collectors.joining(", "));
    throw new RunException(
        "iteration %s: the loss is not finite (%s) on %s; %s; try a lower SOLVER.BASE_LR"
            .formatted(
                step.iteration(),
                bad.isEmpty() ? "sum " + step.total() : bad,
                String.join(", ", files),
                checkpoints.newestInWords()));
  }
}

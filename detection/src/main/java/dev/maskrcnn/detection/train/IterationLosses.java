package dev.maskrcnn.detection.train;

import dev.maskrcnn.tensor.op.LossScaling;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a training iteration measured.
 *
 * @param iteration from 1
 * @param losses by name; {@value #TOTAL}, their sum, is the first
 * @param learningRate of the weights
 * @param scaling the loss scale of this iteration, and the updates taken and skipped before it
 * @param seconds that the host spent on it
 * @param dataSeconds of these, the wait for its images
 */
public record IterationLosses(
    int iteration,
    Map<String, Double> losses,
    double learningRate,
    LossScaling.State scaling,
    double seconds,
    double dataSeconds) {
  /** The name of the sum. */
  public static final String TOTAL = "loss";

  public IterationLosses {
    losses = Collections.unmodifiableMap(new LinkedHashMap<>(losses));
  }

  /** The sum of the losses. */
  public double total() {
    return losses.get(TOTAL);
  }
}

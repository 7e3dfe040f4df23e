package dev.maskrcnn.detection.train;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.nn.optim.LossScaler;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.HostCopy;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The losses of one iteration and the loss scale that it ran with, on their way to the host: one
 * copy per step, which nobody waits for until the next step is under way.
 */
final class StepReport {
  /** Below this the scale has been halved so often that no gradient will ever be finite again. */
  private static final double LEAST_SCALE = 1e-4;

  /** Position of the steps skipped among the counters of a loss scaler. */
  private static final int SKIPPED = 3;

  private final int iteration;
  private final List<String> names;
  private final HostCopy copy;
  private final boolean scaled;
  private final List<String> images;
  private final Supplier<String> checkpoint;

  private StepReport(int iteration, List<String> names, Tensor values, Context context) {
    this.iteration = iteration;
    this.names = names;
    this.scaled = context.scaled;
    this.images = context.images;
    this.checkpoint = context.checkpoint;
    this.copy = values.readLater();
  }

  /**
   * What messages need.
   *
   * @param scaled whether the loss scale is a dynamic one
   * @param images files of the batch
   * @param checkpoint the newest checkpoint in words
   */
  record Context(boolean scaled, List<String> images, Supplier<String> checkpoint) {
    /** Of a batch. */
    static Context of(LossScaler scaler, ImageBatch batch, Supplier<String> checkpoint) {
      return new Context(
          scaler.scaling().isDynamic(),
          batch.samples().stream().map(s -> s.entry().file().getFileName().toString()).toList(),
          checkpoint);
    }
  }

  /** Begins to read what {@link #collect} gave. */
  static StepReport of(int iteration, List<String> names, Tensor values, Context context) {
    return new StepReport(iteration, names, values, context);
  }

  /** The losses, then the loss scale that they have, then its counters, as one vector. */
  static Tensor collect(Collection<Variable> losses, LossScaler scaler) {
    Device d = scaler.scale().device();
    List<Tensor> parts = new ArrayList<>();
    losses.forEach(loss -> parts.add(loss.value().reshape(Shape.of(1))));
    parts.add(scaler.scale());
    parts.add(d.dispatch(new Cast(DType.F32), List.of(scaler.counters())).get(0));
    return parts.get(0).concat(parts.subList(1, parts.size()), 0);
  }

  /** Whether the numbers are here. */
  boolean ready() {
    return copy.ready();
  }

  /** The losses by name, their sum first, and the scale if it is a dynamic one; may wait. */
  Map<String, Double> values() {
    float[] all = copy.floats();
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", 0.0);
    double sum = 0;
    for (int i = 0; i < names.size(); i++) {
      values.put(names.get(i), (double) all[i]);
      sum += all[i];
    }
    values.put("loss", sum);
    if (scaled) {
      values.put("loss_scale", (double) all[names.size()]);
    }
    return values;
  }

  /** Updates that were skipped before this step because of inf or NaN; may wait. */
  int skippedBefore() {
    return (int) copy.floats()[names.size() + 1 + SKIPPED];
  }

  /** Number of the iteration. */
  int iteration() {
    return iteration;
  }

  /**
   * Stops a run that has diverged; its weights and checkpoints are still good, because an update
   * with such gradients has not been, or will not be, made. With a dynamic loss scale the update is
   * skipped and the scale lowered, which goes on until it is hopeless.
   *
   * @throws RunException if a loss is not finite
   */
  void requireFinite() {
    Map<String, Double> losses = values();
    boolean tolerated = scaled && losses.get("loss_scale") >= LEAST_SCALE;
    if (Double.isFinite(losses.get("loss")) || tolerated) {
      return;
    }
    String bad =
        names.stream()
            .filter(name -> !Double.isFinite(losses.get(name)))
            .map(name -> name + " " + losses.get(name))
            .collect(Collectors.joining(", "));
    throw new RunException(
        "iteration %d: the loss is not finite (%s) on %s; %s; try a lower SOLVER.BASE_LR"
            .formatted(
                iteration,
                bad.isEmpty() ? "sum " + losses.get("loss") : bad,
                String.join(", ", images),
                checkpoint.get()));
  }
}

package dev.maskrcnn.detection.train;

import dev.maskrcnn.autograd.Variable;
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

/**
 * The losses of one step and the loss scale that it ran with, on their way to the host: one copy,
 * which nobody waits for until the next step is under way.
 *
 * @param names of the losses
 * @param copy of what {@link #collect} gave
 */
record StepLosses(List<String> names, HostCopy copy) {

  /** The losses, then the loss scale that they have, then its counters, as one vector. */
  static Tensor collect(Collection<Variable> losses, LossScaler scaler) {
    Device d = scaler.scale().device();
    List<Tensor> parts = new ArrayList<>();
    losses.forEach(loss -> parts.add(loss.value().reshape(Shape.of(1))));
    parts.add(scaler.scale());
    parts.add(d.dispatch(new Cast(DType.F32), List.of(scaler.counters())).get(0));
    return parts.get(0).concat(parts.subList(1, parts.size()), 0);
  }

  /** What the iteration measured; waits for the copy. */
  IterationLosses of(int iteration, double learningRate, double seconds, double dataSeconds) {
    float[] all = copy.floats();
    int scale = names.size();
    Map<String, Double> losses = new LinkedHashMap<>();
    losses.put(IterationLosses.TOTAL, 0.0);
    double sum = 0;
    for (int i = 0; i < scale; i++) {
      losses.put(names.get(i), (double) all[i]);
      sum += all[i];
    }
    losses.put(IterationLosses.TOTAL, sum);
    int[] counters = new int[all.length - scale - 1];
    for (int i = 0; i < counters.length; i++) {
      counters[i] = (int) all[scale + 1 + i];
    }
    return new IterationLosses(
        iteration,
        losses,
        learningRate,
        LossScaler.state(all[scale], counters),
        seconds,
        dataSeconds);
  }
}

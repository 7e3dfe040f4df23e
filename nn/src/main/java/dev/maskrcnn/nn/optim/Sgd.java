package dev.maskrcnn.nn.optim;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.nn.NnException;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.StateDict;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Update.SgdStep;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/**
 * Stochastic gradient descent with momentum, as PyTorch's (no dampening, no Nesterov): {@code g +=
 * decay·p; v = first ? g : momentum·v + g; p −= rate·v}. A parameter without gradient is skipped;
 * one whose gradient is zero is decayed and moved by its momentum. Close it to free the momentum.
 */
public final class Sgd implements AutoCloseable {

  /**
   * Settings, named after the original's {@code SOLVER} keys.
   *
   * @param baseRate BASE_LR
   * @param biasRateFactor BIAS_LR_FACTOR
   * @param momentum MOMENTUM
   * @param weightDecay WEIGHT_DECAY
   * @param biasWeightDecay WEIGHT_DECAY_BIAS
   */
  public record Settings(
      double baseRate,
      double biasRateFactor,
      double momentum,
      double weightDecay,
      double biasWeightDecay) {}

  /** A trained parameter with its base rate and weight decay. */
  public record Group(Parameter parameter, double baseRate, double weightDecay) {}

  private final double momentum;
  private final List<Group> groups = new ArrayList<>();
  private final Map<String, Tensor> velocities = new LinkedHashMap<>();

  /** One group per trainable parameter, in order; "bias" in its name decides, as originally. */
  public Sgd(StateDict state, Settings settings) {
    momentum = settings.momentum();
    for (Parameter p : state.trainable()) {
      groups.add(
          p.name().contains("bias")
              ? new Group(
                  p, settings.baseRate() * settings.biasRateFactor(), settings.biasWeightDecay())
              : new Group(p, settings.baseRate(), settings.weightDecay()));
    }
  }

  /** The parameters in order. */
  public List<Group> groups() {
    return List.copyOf(groups);
  }

  /**
   * Updates all parameters that have a gradient.
   *
   * @param schedule learning rate of this update for a base rate, such as {@code base ->
   *     schedule.rate(update, base)}
   */
  public void step(Gradients gradients, DoubleUnaryOperator schedule) {
    for (Group g : groups) {
      Optional<Tensor> gradient = gradients.of(g.parameter());
      if (gradient.isPresent()) {
        update(g, gradient.get(), schedule.applyAsDouble(g.baseRate()));
      }
    }
  }

  private void update(Group g, Tensor gradient, double rate) {
    Parameter p = g.parameter();
    Tensor velocity = velocities.get(p.name());
    boolean first = velocity == null;
    if (first) {
      velocity = allocate(p);
    }
    SgdStep op = new SgdStep(rate, momentum, g.weightDecay(), first);
    p.tensor().device().dispatch(op, List.of(p.tensor(), velocity, gradient));
  }

  private Tensor allocate(Parameter p) {
    Tensor velocity = p.tensor().device().zeros(p.tensor().spec()).promote();
    velocities.put(p.name(), velocity);
    return velocity;
  }

  /** The momentum of a parameter, if it was ever updated; same layout as the parameter. */
  public Optional<Tensor> velocity(String name) {
    return Optional.ofNullable(velocities.get(name));
  }

  /** The momentum of a parameter in the order of a checkpoint. */
  public Optional<float[]> saveVelocity(Parameter p) {
    return velocity(p.name()).map(v -> p.layout().toCheckpoint(v.toFloats(), p.shape()));
  }

  /** Restores the momentum of a parameter from numbers in the order of a checkpoint. */
  public void loadVelocity(Parameter p, float[] checkpointValues) {
    if (groups.stream().noneMatch(g -> g.parameter() == p)) {
      throw new NnException(p.name() + ": is not trained, so it has no momentum to restore");
    }
    Tensor v = velocities.get(p.name());
    float[] values = p.layout().fromCheckpoint(checkpointValues, p.shape());
    (v == null ? allocate(p) : v).write(Parameter.encode(p.tensor(), values));
  }

  /** Frees the momentum. */
  @Override
  public void close() {
    velocities.values().forEach(Tensor::close);
    velocities.clear();
  }
}

package dev.maskrcnn.nn.optim;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.nn.NnException;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.StateDict;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Update.SgdRates;
import dev.maskrcnn.tensor.op.Update.SgdRule;
import dev.maskrcnn.tensor.op.Update.SgdUpdate;
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
  public record Group(Parameter parameter, double baseRate, double weightDecay) {
    private Device device() {
      return parameter.tensor().device();
    }
  }

  private final Settings settings;
  private final LossScaler scaler;
  private final List<Group> groups = new ArrayList<>();
  private final Map<String, Tensor> velocities = new LinkedHashMap<>();

  /** One group per trainable parameter, in order; "bias" in its name decides, as originally. */
  public Sgd(StateDict state, Settings settings) {
    this(state, settings, LossScaling.none());
  }

  /** With loss scaling: gradients are then those of {@link #scaler}'s scale times the loss. */
  public Sgd(StateDict state, Settings settings, LossScaling scaling) {
    this.settings = settings;
    for (Parameter p : state.trainable()) {
      groups.add(
          isBias(p)
              ? new Group(
                  p, settings.baseRate() * settings.biasRateFactor(), settings.biasWeightDecay())
              : new Group(p, settings.baseRate(), settings.weightDecay()));
    }
    scaler = groups.isEmpty() ? null : new LossScaler(groups.get(0).device(), scaling);
  }

  private static boolean isBias(Parameter p) {
    return p.name().contains("bias");
  }

  /** The loss scale. */
  public LossScaler scaler() {
    if (scaler == null) {
      throw new NnException("sgd: no parameter is trained, so there is no loss scale");
    }
    return scaler;
  }

  /** The parameters in order. */
  public List<Group> groups() {
    return List.copyOf(groups);
  }

  /**
   * Updates all parameters that have a gradient, in one op. With a check among the loss scaling a
   * gradient with inf or NaN leaves everything but the scale as it is.
   *
   * @param schedule learning rate of this update for a base rate, such as {@code base ->
   *     schedule.rate(update, base)}
   */
  public void step(Gradients gradients, DoubleUnaryOperator schedule) {
    List<SgdRule> rules = new ArrayList<>();
    List<Tensor> operands = new ArrayList<>();
    List<Parameter> copied = new ArrayList<>();
    for (Group g : groups) {
      Parameter p = g.parameter();
      gradients
          .of(p)
          .ifPresent(
              gradient -> {
                operands.addAll(List.of(p.tensor(), velocityOf(p), gradient));
                p.copy().ifPresent(operands::add);
                p.copy().ifPresent(c -> copied.add(p));
                rules.add(new SgdRule(isBias(p), g.weightDecay(), p.copy().isPresent()));
              });
    }
    if (rules.isEmpty()) {
      return;
    }
    operands.addAll(0, List.of(scaler.scale(), scaler.counters()));
    double base = settings.baseRate();
    SgdRates rates =
        new SgdRates(
            schedule.applyAsDouble(base), schedule.applyAsDouble(base * settings.biasRateFactor()));
    SgdUpdate update = new SgdUpdate(rates, settings.momentum(), scaler.scaling(), rules);
    groups.get(0).device().dispatch(update, operands);
    copied.forEach(Parameter::copyIsCurrent);
  }

  private Tensor velocityOf(Parameter p) {
    Tensor known = velocities.get(p.name());
    return known == null ? allocate(p) : known;
  }

  private Tensor allocate(Parameter p) {
    Tensor velocity = p.tensor().device().filled(p.tensor().spec(), 0).promote();
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
    if (scaler != null) {
      scaler.close();
    }
  }
}

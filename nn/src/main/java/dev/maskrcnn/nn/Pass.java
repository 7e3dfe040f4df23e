package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Autocast;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One run of a model: whether it trains, and the tape that watches its parameters if so. Modules
 * have no mode of their own.
 */
public final class Pass {
  private final Device device;
  private final Tape tape;
  private final boolean training;
  private final Autocast autocast;

  private Pass(Device device, Tape tape, boolean training, Autocast autocast) {
    this.device = device;
    this.tape = tape;
    this.training = training;
    this.autocast = autocast;
  }

  /** A training pass; trainable parameters are watched by the tape. */
  public static Pass training(Tape tape) {
    return new Pass(tape.device(), tape, true, Autocast.OFF);
  }

  /** A pass that records nothing. */
  public static Pass inference(Device device) {
    return new Pass(device, null, false, Autocast.OFF);
  }

  /** The same pass in another precision. */
  public Pass in(Autocast precision) {
    return new Pass(device, tape, training, precision);
  }

  /** The precision in which ops run. */
  public Autocast autocast() {
    return autocast;
  }

  /** A tensor through which no gradient flows, such as the images. */
  public Variable constant(Tensor value) {
    return Variable.constant(value).in(autocast);
  }

  /** Runs what belongs to no layer under a path of its own, for messages and inspection. */
  public <T> T under(String path, Supplier<T> body) {
    device.enter(path);
    try {
      return body.get();
    } finally {
      device.leave();
    }
  }

  /** True if losses are wanted. */
  public boolean training() {
    return training;
  }

  /** The tape, if this pass records. */
  public Optional<Tape> tape() {
    return Optional.ofNullable(tape);
  }

  /** Where it runs. */
  public Device device() {
    return device;
  }

  /** True if a gradient of the parameter will be wanted from this pass. */
  public boolean watches(Parameter parameter) {
    return tape != null && parameter.trainable();
  }

  /**
   * A parameter as a variable, rounded to the precision of this pass: watched if it is trainable
   * and this pass records.
   */
  public Variable of(Parameter parameter) {
    Tensor value = autocast.isOn() ? parameter.rounded(autocast.half()) : parameter.tensor();
    return watches(parameter) ? tape.watch(parameter, value).in(autocast) : constant(value);
  }
}

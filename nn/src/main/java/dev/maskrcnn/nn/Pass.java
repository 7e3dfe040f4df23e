package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.tensor.Device;
import java.util.Optional;

/**
 * One run of a model: whether it trains, and the tape that watches its parameters if so. Modules
 * have no mode of their own.
 */
public final class Pass {
  private final Device device;
  private final Tape tape;
  private final boolean training;

  private Pass(Device device, Tape tape, boolean training) {
    this.device = device;
    this.tape = tape;
    this.training = training;
  }

  /** A training pass; trainable parameters are watched by the tape. */
  public static Pass training(Tape tape) {
    return new Pass(tape.device(), tape, true);
  }

  /** A pass that records nothing. */
  public static Pass inference(Device device) {
    return new Pass(device, null, false);
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

  /** A parameter as a variable: watched if it is trainable and this pass records. */
  public Variable of(Parameter parameter) {
    return watches(parameter) ? tape.watch(parameter) : Variable.constant(parameter.tensor());
  }
}

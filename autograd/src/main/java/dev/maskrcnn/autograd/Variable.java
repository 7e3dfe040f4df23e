package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.ArrayOps;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor whose derivation is remembered. It either is a constant, or a value on a {@link Tape};
 * an op of which any input is on a tape is recorded there. The tensor inside belongs to its frame
 * as any other: what the backward pass needs, the tape keeps by handles of its own.
 *
 * <p>A variable also carries the precision of its ops; what is computed from it carries the same.
 */
public final class Variable implements ArrayOps<Variable> {
  private final Tensor value;
  private final Tape tape;
  private final int id;
  private final Autocast precision;

  Variable(Tensor value, Tape tape, int id, Autocast precision) {
    this.value = value;
    this.tape = tape;
    this.id = id;
    this.precision = precision;
  }

  /** A variable through which no gradient flows. */
  public static Variable constant(Tensor value) {
    return new Variable(value, null, NodeInput.CONSTANT, Autocast.OFF);
  }

  /** The same variable, whose ops run in a precision. */
  public Variable in(Autocast other) {
    return other == precision ? this : new Variable(value, tape, id, other);
  }

  /** The precision in which ops on this run. */
  public Autocast precision() {
    return precision;
  }

  /** The tensor. A computation on it is not differentiated. */
  public Tensor value() {
    return value;
  }

  /** The same tensor as a constant. */
  public Variable detach() {
    return tape == null ? this : constant(value).in(precision);
  }

  /** True if this is on a tape. */
  public boolean requiresGradient() {
    return tape != null;
  }

  /** Position on the tape, or {@link NodeInput#CONSTANT}. */
  public int id() {
    return id;
  }

  Tape tape() {
    return tape;
  }

  NodeInput operand() {
    return new NodeInput(id, value.spec());
  }

  /** Where the tensor lives. */
  public Device device() {
    return value.device();
  }

  @Override
  public Spec spec() {
    return value.spec();
  }

  /** The same value under another shape; its gradient flows as if the shape were the old one. */
  @Override
  public Variable reshape(Shape shape) {
    return new Variable(value.reshape(shape), tape, id, precision);
  }

  /**
   * Runs an op in the precision that the inputs carry, and records it if any input is on a tape.
   *
   * @throws AutogradException if inputs are on different tapes or carry different half precisions,
   *     if the op overwrites an input, or if it has no derivative by an input that is on a tape
   */
  @Override
  public List<Variable> bind(Op op, List<Variable> inputs) {
    if (!op.mutates().isEmpty()) {
      throw new AutogradException(
          op.label() + ": overwrites an input, so it cannot run on variables; use the tensors");
    }
    Tape recorder = null;
    Autocast policy = Autocast.OFF;
    for (Variable v : inputs) {
      policy = policy.with(v.precision, op);
      if (v.tape != null && recorder != null && v.tape != recorder) {
        throw new AutogradException(
            op.label() + ": inputs are on two different tapes; detach one of them");
      }
      recorder = v.tape != null ? v.tape : recorder;
    }
    List<Variable> operands = policy.operands(op, inputs);
    if (recorder != null) {
      return recorder.record(op, operands, policy);
    }
    List<Variable> results = new ArrayList<>();
    for (Tensor t : value.device().dispatch(op, values(operands))) {
      results.add(constant(t).in(policy));
    }
    return results;
  }

  static List<Tensor> values(List<Variable> variables) {
    List<Tensor> tensors = new ArrayList<>(variables.size());
    for (Variable v : variables) {
      tensors.add(v.value);
    }
    return tensors;
  }

  @Override
  public String toString() {
    return "Variable(" + (tape == null ? "constant" : "%" + id) + ", " + value + ")";
  }
}

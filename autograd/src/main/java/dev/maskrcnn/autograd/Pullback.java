package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.ReluBackward;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/** What a derivative rule sees: the node, the gradient of its output, and what was kept. */
public final class Pullback {
  private final Device device;
  private final Node node;
  private final Tensor gradient;

  Pullback(Device device, Node node, Tensor gradient) {
    this.device = device;
    this.node = node;
    this.gradient = gradient;
  }

  /** The gradient of one input, computed if it is needed. */
  @FunctionalInterface
  public interface Part {
    Tensor compute();
  }

  /** Gradient of output 0. */
  public Tensor dy() {
    return gradient;
  }

  /** Gradient before a fused ReLU: {@code dy} where output 0 is positive. */
  public Tensor dy(boolean relu) {
    return relu ? run(new ReluBackward(), out(0), dy()) : dy();
  }

  /** A kept input. */
  public Tensor in(int index) {
    return kept(true, index);
  }

  /** A kept output. */
  public Tensor out(int index) {
    return kept(false, index);
  }

  private Tensor kept(boolean input, int index) {
    for (Kept k : node.kept()) {
      if (k.slot().is(input, index)) {
        if (k.tensor().storage().version() != k.version()) {
          throw new AutogradException(
              node.where()
                  + ": "
                  + k.slot()
                  + " was overwritten after it was recorded; run the backward pass first");
        }
        return k.tensor();
      }
    }
    throw new AutogradException(
        node.where()
            + ": the rule reads "
            + (input ? "in" : "out")
            + index
            + " but did not declare it; add it to keep(…)");
  }

  /** Shape and type of an input as the op saw it. */
  public Spec spec(int index) {
    return node.inputs().get(index).spec();
  }

  /** Shape of an input as the op saw it. */
  public Shape shape(int index) {
    return spec(index).shape();
  }

  /** Number of inputs. */
  public int inputs() {
    return node.inputs().size();
  }

  /** True if there is such an input and its gradient is wanted. */
  public boolean needs(int index) {
    return index < inputs() && node.inputs().get(index).needsGradient();
  }

  /** Runs an op and gives its first output. */
  public Tensor run(Op op, Tensor... inputs) {
    return runAll(op, inputs).get(0);
  }

  /** Runs an op and gives all its outputs. */
  public List<Tensor> runAll(Op op, Tensor... inputs) {
    return device.dispatch(op, List.of(inputs));
  }

  /** The gradient of input 0 by one op, and of no other input. */
  public Tensor[] first(Op op, Tensor... inputs) {
    return gradients(() -> run(op, inputs));
  }

  /** A tensor of one element. */
  public Tensor one(Spec like) {
    return device.filled(new Spec(Shape.of(1), like.dtype()), 1);
  }

  /** Computes the needed ones of the gradients; part i belongs to input i, missing ones to none. */
  public Tensor[] gradients(Part... parts) {
    Tensor[] result = new Tensor[inputs()];
    for (int i = 0; i < parts.length; i++) {
      if (needs(i)) {
        result[i] = parts[i].compute();
      }
    }
    return result;
  }
}

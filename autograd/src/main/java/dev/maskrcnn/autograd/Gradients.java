package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Pointwise.Accumulate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The gradients of the leaves of a tape. They belong to this object, which must be closed. A leaf
 * that no root depends on has no gradient; one that it depends on with zero slope has zeros.
 */
public final class Gradients implements AutoCloseable {
  private final Tape tape;
  private final Map<Object, Tensor> tensors;

  Gradients(Tape tape, Map<Object, Tensor> tensors) {
    this.tape = tape;
    this.tensors = tensors;
  }

  /**
   * The gradient of a leaf.
   *
   * @throws AutogradException if the variable is no leaf of the tape
   */
  public Optional<Tensor> of(Variable leaf) {
    Object key = leaf.tape() == tape ? tape.leafKey(leaf.id()) : null;
    if (key == null) {
      throw new AutogradException(
          "gradients: " + leaf + " is no leaf of this tape; only leaves keep their gradients");
    }
    return Optional.ofNullable(tensors.get(key));
  }

  /** The gradient of a watched parameter, or empty if it took no part in the computation. */
  public Optional<Tensor> of(Trainable parameter) {
    return Optional.ofNullable(tensors.get(parameter));
  }

  /** The watched parameters that have a gradient, in the order in which they were watched. */
  public List<Trainable> parameters() {
    List<Trainable> all = new ArrayList<>();
    for (Object key : tensors.keySet()) {
      if (key instanceof Trainable t) {
        all.add(t);
      }
    }
    return all;
  }

  /**
   * Adds the gradients of the same parameters from another tape, and closes {@code other}. A
   * parameter that only the other has is taken over.
   */
  public void accumulate(Gradients other) {
    Device device = tape.device();
    for (Map.Entry<Object, Tensor> e : other.tensors.entrySet()) {
      if (!(e.getKey() instanceof Trainable)) {
        e.getValue().close();
        continue;
      }
      Tensor mine = tensors.putIfAbsent(e.getKey(), e.getValue());
      if (mine != null) {
        device.dispatch(new Accumulate(), List.of(mine, e.getValue()));
        e.getValue().close();
      }
    }
    other.tensors.clear();
  }

  /** Multiplies every gradient by a factor. */
  public void scale(double factor) {
    for (Map.Entry<Object, Tensor> e : tensors.entrySet()) {
      Frame frame = tape.device().push("scale gradients");
      try (frame) {
        Tensor scaled = e.getValue().scale(factor).promote();
        e.getValue().close();
        e.setValue(scaled);
      }
    }
  }

  /** Frees all gradients. */
  @Override
  public void close() {
    tensors.values().forEach(Tensor::close);
    tensors.clear();
  }
}

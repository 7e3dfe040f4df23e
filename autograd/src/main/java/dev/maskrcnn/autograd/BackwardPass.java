package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Storage;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Accumulate;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Walks a tape backwards and adds gradients up. Each node runs in a frame of its own; its kept
 * tensors and its output's gradient are freed as soon as it is done, so the pass holds little more
 * than the gradients that are still in flight. Entries are in order of execution, hence no sorting
 * and no recursion.
 */
final class BackwardPass implements AutoCloseable {

  /**
   * A gradient in flight.
   *
   * @param tensor a handle of the pass's own
   * @param exclusive true if nobody else holds the memory, so that it may be added to in place
   */
  private record Sum(Tensor tensor, boolean exclusive) {}

  private final Tape tape;
  private final Device device;
  private final Sum[] sums;

  BackwardPass(Tape tape) {
    this.tape = tape;
    this.device = tape.device();
    this.sums = new Sum[tape.entries().size()];
  }

  Gradients run(List<Variable> roots, List<Tensor> seeds) {
    for (int i = 0; i < roots.size(); i++) {
      add(roots.get(i).id(), seeds.get(i), false);
    }
    List<Entry> entries = tape.entries();
    for (int id = entries.size() - 1; id >= 0; id--) {
      if (entries.get(id) instanceof Node node) {
        if (sums[id] != null) {
          step(node, sums[id]);
          drop(id);
        }
        node.release();
      }
    }
    return leaves(entries);
  }

  private void step(Node node, Sum sum) {
    device.enter(node.path().isEmpty() ? "backward" : "backward." + node.path());
    Frame frame = device.push("backward");
    try (frame) {
      long start = System.nanoTime();
      Tensor[] gradients = apply(node.op(), node, sum.tensor());
      tape.ran(node, sum.tensor(), gradients, System.nanoTime() - start);
      Set<Storage> shared = shared(node, sum, gradients);
      for (int i = 0; i < gradients.length; i++) {
        NodeInput operand = node.inputs().get(i);
        Tensor g = gradients[i];
        if (operand.needsGradient()) {
          check(node, i, g);
          add(operand.id(), g, !shared.contains(g.storage()));
        }
      }
    } finally {
      device.leave();
    }
  }

  private <O extends Op> Tensor[] apply(O op, Node node, Tensor gradient) {
    return Derivatives.of(op, node.path()).rule().apply(op, new Pullback(device, node, gradient));
  }

  private static void check(Node node, int input, Tensor gradient) {
    if (gradient == null) {
      throw new AutogradException(node.where() + ": the rule gave no gradient for input " + input);
    }
    if (!gradient.spec().equals(node.inputs().get(input).spec())) {
      throw new AutogradException(
          node.where()
              + ": gradient of input "
              + input
              + " is "
              + gradient.spec()
              + ", expected "
              + node.inputs().get(input).spec());
    }
  }

  /** Memory of the results that somebody else holds or that was returned more than once. */
  private static Set<Storage> shared(Node node, Sum sum, Tensor[] gradients) {
    Set<Storage> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Kept k : node.kept()) {
      seen.add(k.tensor().storage());
    }
    if (!sum.exclusive()) {
      seen.add(sum.tensor().storage());
    }
    Set<Storage> shared = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Tensor g : gradients) {
      if (g != null && !seen.add(g.storage())) {
        shared.add(g.storage());
      }
    }
    return shared;
  }

  private void add(int id, Tensor gradient, boolean exclusive) {
    Shape shape = tape.shapeOf(id);
    Tensor g = gradient.shape().equals(shape) ? gradient : gradient.reshape(shape);
    Sum old = sums[id];
    if (old == null) {
      sums[id] = new Sum(g.share(), exclusive);
    } else if (old.exclusive()) {
      device.dispatch(new Accumulate(), List.of(old.tensor(), g));
    } else if (exclusive) {
      device.dispatch(new Accumulate(), List.of(g, old.tensor()));
      replace(id, g);
    } else {
      replace(id, old.tensor().add(g));
    }
  }

  private void replace(int id, Tensor sum) {
    Tensor mine = sum.share();
    drop(id);
    sums[id] = new Sum(mine, true);
  }

  private void drop(int id) {
    if (sums[id] != null) {
      sums[id].tensor().close();
      sums[id] = null;
    }
  }

  /** Hands the gradients of the leaves over; memory that two of them share is separated. */
  private Gradients leaves(List<Entry> entries) {
    for (int id = 0; id < entries.size(); id++) {
      if (sums[id] != null && !sums[id].exclusive()) {
        Frame frame = device.push("leaf gradient");
        try (frame) {
          replace(id, sums[id].tensor().scale(1));
        }
      }
    }
    // Nothing fails from here on: what is handed over is freed by its new owner alone.
    Map<Object, Tensor> result = new LinkedHashMap<>();
    for (int id = 0; id < entries.size(); id++) {
      if (sums[id] != null) {
        result.put(tape.leafKey(id), sums[id].tensor());
        sums[id] = null;
      }
    }
    return new Gradients(tape, result);
  }

  /** Frees what an error left behind. */
  @Override
  public void close() {
    for (int id = 0; id < sums.length; id++) {
      drop(id);
    }
  }
}

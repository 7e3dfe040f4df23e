package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/**
 * One executed op. Gradients flow through output 0 only; further outputs (statistics, positions)
 * are constants.
 *
 * @param id position on the tape, and the name of output 0
 * @param op what ran, with its attributes
 * @param inputs the operands in order
 * @param outputs specs of all outputs
 * @param kept what the derivative rule asked for
 * @param path module path at the time, possibly empty
 * @param nanos wall-clock time of the forward kernel (of its launch, on a GPU)
 */
public record Node(
    int id,
    Op op,
    List<NodeInput> inputs,
    List<Spec> outputs,
    List<Kept> kept,
    String path,
    long nanos)
    implements Entry {
  public Node {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    kept = List.copyOf(kept);
  }

  @Override
  public Spec spec() {
    return outputs.get(0);
  }

  @Override
  public String label() {
    return op.label();
  }

  /** Name of the op and where it is, for messages. */
  String where() {
    return op.label() + (path.isEmpty() ? "" : " at " + path);
  }

  /** Bytes of the kept tensors, counting each as if nobody else held it. */
  public long keptBytes() {
    long n = 0;
    for (Kept k : kept) {
      n += k.tensor().spec().bytes();
    }
    return n;
  }

  void release() {
    for (Kept k : kept) {
      k.tensor().close();
    }
  }
}

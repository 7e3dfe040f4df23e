package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardData;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/**
 * An op with inputs of the model's size, and the work that it is.
 *
 * @param bytes least traffic in bytes
 * @param flop floating-point operations of the direct algorithm, a multiply-add counting two; 0
 *     where memory is what counts
 */
public record Workload(Op op, List<Input> inputs, long bytes, double flop) {
  public Workload {
    inputs = List.copyOf(inputs);
  }

  /** An op that reads all its inputs and writes all its outputs. */
  static Workload of(Op op, Input... inputs) {
    List<Spec> in = specs(inputs);
    long bytes = written(op, in);
    for (int i = 0; i < in.size(); i++) {
      bytes += (op.mutates().contains(i) ? 2 : 1) * in.get(i).bytes();
    }
    return new Workload(op, List.of(inputs), bytes, flop(op, in));
  }

  /** An op that reads as much as it writes, however large its input is. */
  static Workload moving(Op op, Input... inputs) {
    return new Workload(op, List.of(inputs), 2 * written(op, specs(inputs)), 0);
  }

  private static List<Spec> specs(Input... inputs) {
    return List.of(inputs).stream().map(Input::spec).toList();
  }

  private static long written(Op op, List<Spec> in) {
    return op.infer(in).stream().mapToLong(Spec::bytes).sum();
  }

  private static double flop(Op op, List<Spec> in) {
    if (op instanceof MatMul m) {
      Shape a = in.get(0).shape();
      return 2.0 * op.infer(in).get(0).shape().size() * a.dim(m.transposeA() ? 0 : 1);
    } else if (op instanceof Conv2d) {
      return 2.0 * op.infer(in).get(0).shape().size() * perRow(in.get(1).shape());
    } else if (op instanceof Conv2dBackwardData || op instanceof ConvTranspose2d) {
      return 2.0 * in.get(0).shape().size() * perRow(in.get(1).shape());
    } else if (op instanceof Conv2dBackwardWeights) {
      return 2.0 * in.get(1).shape().size() * perRow(op.infer(in).get(0).shape());
    }
    return 0;
  }

  /** Elements of a weight for each of its rows, which are the channels of one side. */
  private static long perRow(Shape weight) {
    return weight.size(1, weight.rank());
  }
}

package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One line of the {@link KernelTable}.
 *
 * @param name of the line
 * @param type of the op
 * @param precision of its activations
 * @param perImage false if the work does not depend on the number of images
 * @param published what the published analysis says of it
 * @param build makes the op and its inputs
 */
record KernelCase(
    String name,
    Class<? extends Op> type,
    DType precision,
    boolean perImage,
    Optional<PublishedFloor> published,
    Build build) {

  /** Makes the op and its inputs for a number of images. */
  @FunctionalInterface
  interface Build {
    Call of(Operands operands, ModelSize size, int images);
  }

  /**
   * An op with its inputs and its work.
   *
   * @param bytes least traffic, or −1: each input read and each output written once
   * @param flop floating-point operations, 0 where memory is what counts
   */
  record Call(Op op, List<Tensor> inputs, long bytes, double flop) {
    /** An op that reads all its inputs and writes all its outputs. */
    static Call of(Op op, Tensor... inputs) {
      return of(op, List.of(inputs));
    }

    /** An op that reads all its inputs and writes all its outputs. */
    static Call of(Op op, List<Tensor> inputs) {
      return new Call(op, inputs, -1, 0);
    }

    /** An op that moves as much as it writes, however large its input is. */
    static Call moving(Op op, Tensor... inputs) {
      Call call = of(op, inputs);
      long written = call.outputs().stream().mapToLong(Spec::bytes).sum();
      return new Call(op, call.inputs, 2 * written, 0);
    }

    /** The same with its floating-point operations. */
    Call computing(double operations) {
      return new Call(op, inputs, bytes, operations);
    }

    private List<Spec> outputs() {
      return op.infer(inputs.stream().map(Tensor::spec).toList());
    }

    /** Least traffic in bytes: what the op changes in place is read and written. */
    long leastBytes() {
      if (bytes >= 0) {
        return bytes;
      }
      long sum = outputs().stream().mapToLong(Spec::bytes).sum();
      for (int i = 0; i < inputs.size(); i++) {
        sum += (op.mutates().contains(i) ? 2 : 1) * inputs.get(i).spec().bytes();
      }
      return sum;
    }
  }

  /** Collects cases. */
  static final class Collector {
    private final List<KernelCase> cases = new ArrayList<>();

    /** A case of which the work grows with the images. */
    Collector add(String name, Class<? extends Op> type, Build build) {
      return add(name, type, null, build);
    }

    /** A case of which the published floor is known. */
    Collector add(String name, Class<? extends Op> type, PublishedFloor floor, Build build) {
      cases.add(new KernelCase(name, type, DType.F32, true, Optional.ofNullable(floor), build));
      return this;
    }

    /** A case in half precision. */
    Collector half(String name, Class<? extends Op> type, PublishedFloor floor, Build build) {
      cases.add(new KernelCase(name, type, DType.F16, true, Optional.ofNullable(floor), build));
      return this;
    }

    /** A case of which the work does not depend on the number of images. */
    Collector once(String name, Class<? extends Op> type, PublishedFloor floor, Build build) {
      cases.add(new KernelCase(name, type, DType.F32, false, Optional.ofNullable(floor), build));
      return this;
    }

    List<KernelCase> cases() {
      return List.copyOf(cases);
    }
  }
}

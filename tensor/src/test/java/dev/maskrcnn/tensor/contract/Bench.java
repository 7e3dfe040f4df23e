package dev.maskrcnn.tensor.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs single ops on a device, from host data to host data. */
record Bench(Device device) {

  /** Outputs of an op. */
  List<Operand> run(Op op, Operand... inputs) {
    return run(op, List.of(inputs));
  }

  /** Outputs of an op; skips the test if the device's table says why it has no kernel. */
  @SuppressWarnings("try") // the frame frees what is made in it
  List<Operand> run(Op op, List<Operand> inputs) {
    if (device.kernels().find(op.getClass()).isEmpty()) {
      device
          .kernels()
          .reasonAbsent(op.getClass())
          .ifPresent(why -> abort(device.name() + " has no " + op.label() + ": " + why));
    }
    try (Frame frame = device.push("golden")) {
      List<Tensor> in = new ArrayList<>();
      for (Operand o : inputs) {
        in.add(o.on(device));
      }
      return device.dispatch(op, in).stream()
          .map(t -> new Operand(new Spec(t.shape(), t.spec().dtype()), Operand.read(t)))
          .toList();
    }
  }

  /** First output of an op. */
  Operand one(Op op, Operand... inputs) {
    return run(op, inputs).get(0);
  }

  /** The rule of golden 16: {@code |a − b| ≤ tolerance · max(1, max|b|)}. */
  static void close(String what, Operand expected, Operand actual, double tolerance) {
    double largest = 1;
    for (double v : expected.values()) {
      largest = Math.max(largest, Math.abs(v));
    }
    Comparison.within(what, expected.values(), actual.values(), tolerance * largest);
  }

  /** The rule of numpy and torch: {@code |a − b| ≤ atol + rtol·|b|}, element by element. */
  static void close(String what, double[] expected, double[] actual, double rtol, double atol) {
    assertEquals(expected.length, actual.length, what + ": number of elements");
    for (int i = 0; i < expected.length; i++) {
      Comparison.within(
          what + " at " + i,
          new double[] {expected[i]},
          new double[] {actual[i]},
          atol + rtol * Math.abs(expected[i]));
    }
  }

  /** The rows of a matrix or the images of a batch from {@code from} to {@code to}. */
  static Operand rows(Operand o, int from, int to) {
    Shape s = o.spec().shape();
    int width = (int) s.size(1, s.rank());
    double[] part = Arrays.copyOfRange(o.values(), from * width, to * width);
    return new Operand(new Spec(s.with(0, to - from), o.spec().dtype()), part);
  }
}

package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * How far a device is from the reference on one case.
 *
 * @param relative largest difference of a floating output, or overwritten input, over the largest
 *     finite magnitude of that output; infinite if one of the two is not a number there
 * @param integers number of integer elements that differ
 */
public record CaseError(double relative, long integers) {

  /** True if the case demands no more than this. */
  public boolean within(OpCase c) {
    return integers == 0 && relative <= c.tolerance();
  }

  /** Runs a case on both devices; the device must have a kernel for its op. */
  public static CaseError of(Device device, Device reference, OpCase c) {
    List<double[]> expected = new ArrayList<>();
    List<Boolean> floating = new ArrayList<>();
    run(reference, c, expected, floating);
    List<double[]> actual = new ArrayList<>();
    run(device, c, actual, new ArrayList<>());
    double relative = 0;
    long integers = 0;
    for (int i = 0; i < expected.size(); i++) {
      if (floating.get(i)) {
        relative = Math.max(relative, relative(expected.get(i), actual.get(i)));
      } else {
        integers += different(expected.get(i), actual.get(i));
      }
    }
    return new CaseError(relative, integers);
  }

  private static void run(Device device, OpCase c, List<double[]> results, List<Boolean> floating) {
    try (Frame frame = device.push("case")) {
      List<Tensor> in = new ArrayList<>();
      for (Operand o : c.inputs()) {
        in.add(o.on(device));
      }
      List<Tensor> all = new ArrayList<>(device.dispatch(c.op(), in));
      c.op().mutates().forEach(i -> all.add(in.get(i)));
      for (Tensor t : all) {
        results.add(Operand.read(t));
        floating.add(t.spec().dtype().isFloat());
      }
    }
  }

  private static double relative(double[] expected, double[] actual) {
    double largest = 0;
    double most = 0;
    for (int i = 0; i < expected.length; i++) {
      double e = expected[i];
      double a = actual[i];
      if (Double.isFinite(e)) {
        largest = Math.max(largest, Math.abs(e));
      }
      if (e != a && !(Double.isNaN(e) && Double.isNaN(a))) {
        double d = Math.abs(a - e);
        most = Math.max(most, Double.isNaN(d) ? Double.POSITIVE_INFINITY : d);
      }
    }
    return most == 0 ? 0 : most / largest;
  }

  private static long different(double[] expected, double[] actual) {
    long n = 0;
    for (int i = 0; i < expected.length; i++) {
      n += expected[i] == actual[i] ? 0 : 1;
    }
    return n;
  }
}

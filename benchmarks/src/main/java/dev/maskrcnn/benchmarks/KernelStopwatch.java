package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.BenchmarkCase;
import dev.maskrcnn.tensor.contract.ModelSize;
import dev.maskrcnn.tensor.contract.Workload;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Times one op on one device: dispatches issued one after the other, on the device's own clock
 * where it has one (CUDA events; the device is kept waiting until all are issued). So this is the
 * time on the device, also of a kernel that is shorter than its launch.
 */
final class KernelStopwatch {
  private static final int ROUNDS = 5;
  private static final int MOST_RUNS = 100; // what fits into the launch queue of a device

  private final Device device;
  private final double budget;

  /**
   * @param budget seconds to spend on each op, after a first run; 0 times that one run
   */
  KernelStopwatch(Device device, double budget) {
    this.device = device;
    this.budget = budget;
  }

  /**
   * What was measured.
   *
   * @param seconds of one run, the median of five rounds
   * @param work that a run does
   */
  record Measured(double seconds, Workload work) {}

  /** Why the case cannot run on this device, empty if it can. */
  Optional<String> missing(BenchmarkCase c) {
    Optional<String> missing = device.missing(c.type());
    if (missing.isPresent()) {
      return missing;
    }
    if (device.name().equals("cpu") && c.precision() != DType.F32) {
      return Optional.of("the CPU computes in single precision");
    }
    return Optional.empty();
  }

  /**
   * Times a case.
   *
   * @throws DeviceException if a kernel is missing or the memory does not suffice
   */
  Measured time(BenchmarkCase c, ModelSize size, int images) {
    try (Frame frame = device.push("inputs")) {
      Workload work = c.of(size, images);
      List<Tensor> inputs = work.inputs().stream().map(i -> i.on(device)).toList();
      device.synchronize();
      double first = seconds(work.op(), inputs, 1);
      return new Measured(budget == 0 ? first : median(work.op(), inputs, first), work);
    }
  }

  private double median(Op op, List<Tensor> inputs, double first) {
    double once = Math.min(first, seconds(op, inputs, 1));
    int warm = runs(once, budget / 2);
    once = Math.min(once, seconds(op, inputs, warm) / warm);
    int runs = runs(once, budget / ROUNDS);
    double[] rounds = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      rounds[i] = seconds(op, inputs, runs) / runs;
    }
    Arrays.sort(rounds);
    return rounds[ROUNDS / 2];
  }

  private static int runs(double once, double seconds) {
    return (int) Math.max(1, Math.min(MOST_RUNS, seconds / Math.max(once, 1e-9)));
  }

  /** Time of several runs and of waiting for them. */
  private double seconds(Op op, List<Tensor> inputs, int runs) {
    return device.seconds(
        () -> {
          for (int i = 0; i < runs; i++) {
            try (Frame frame = device.push("run")) {
              device.dispatch(op, inputs);
            }
          }
        });
  }
}

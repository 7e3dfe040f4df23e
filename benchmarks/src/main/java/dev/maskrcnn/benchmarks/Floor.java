package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Workload;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The two limits of a machine: no kernel can be faster than its traffic at the bandwidth of the
 * memory, nor than its arithmetic at the peak of the processor.
 *
 * @param bandwidth byte/s
 * @param arithmetic FLOP/s of matrix products
 * @param origin where the numbers are from
 */
record Floor(double bandwidth, double arithmetic, String origin) {
  /**
   * Memory bandwidth measured on an H100, and its TF32 on dense tensor cores, from the project's
   * analysis "performance anchors and physical limits", sections 6 and 3.
   */
  static final Floor H100 = new Floor(3.0e12, 494e12, "H100");

  private static final int ROUNDS = 5;

  /** That of an H100 for CUDA; measured, in a second, for the CPU. */
  static Floor of(Device device) {
    return device.name().startsWith("cuda")
        ? H100
        : new Floor(copied(), multiplied(device), "measured here");
  }

  /** Least time of a workload in seconds. */
  double seconds(Workload work) {
    return Math.max(work.bytes() / bandwidth, work.flop() / arithmetic);
  }

  /** Copies on all cores between arrays that no cache holds. */
  private static double copied() {
    int length = 4 << 20;
    float[][] blocks = new float[16][length];
    return 2.0 * 4 * length * blocks.length / 2 / best(() -> copyAll(blocks));
  }

  private static void copyAll(float[][] blocks) {
    IntStream.range(0, blocks.length / 2)
        .parallel()
        .forEach(i -> System.arraycopy(blocks[2 * i], 0, blocks[2 * i + 1], 0, blocks[i].length));
  }

  private static double multiplied(Device device) {
    int n = 1536;
    try (Frame frame = device.push("peak")) {
      Tensor a = device.filled(Spec.of(DType.F32, n, n), 1);
      return 2.0 * n * n * n / best(() -> multiply(device, a));
    }
  }

  private static void multiply(Device device, Tensor a) {
    try (Frame frame = device.push("product")) {
      device.dispatch(new MatMul(false, false, false, false), List.of(a, a));
      device.synchronize();
    }
  }

  /** Least time of some runs in seconds. */
  private static double best(Runnable work) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < ROUNDS; i++) {
      long start = System.nanoTime();
      work.run();
      best = Math.min(best, System.nanoTime() - start);
    }
    return best * 1e-9;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "each input read and each output written once at %.1f GB/s, or the operations at %.0f"
            + " GFLOP/s (%s)",
        bandwidth * 1e-9,
        arithmetic * 1e-9,
        origin);
  }
}

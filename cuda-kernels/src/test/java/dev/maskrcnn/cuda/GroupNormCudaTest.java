package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.GroupNormBackward;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Shapes with several chunks per image, many images, and rows of channels wider than a block. */
@SuppressWarnings("try") // frames free what is made in them
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GroupNormCudaTest {
  private final SplittableRandom random = new SplittableRandom(8);
  private Device cuda;
  private Device reference;

  @BeforeAll
  void open() {
    cuda = CudaTestDevice.open();
    reference = Device.reference();
  }

  @AfterAll
  void close() {
    if (reference != null) {
      reference.close();
    }
    if (cuda != null) {
      cuda.close();
    }
  }

  @Test
  void severalChunks() {
    check(32, 0, 2, 45, 31, 64);
    check(2, 0, 1, 67, 7, 6);
  }

  @Test
  void manyImages() {
    check(4, 0, 1100, 3, 16);
  }

  /** More packs of channels than threads: a block takes them in turns. */
  @Test
  void manyChannels() {
    check(3, 0, 1, 2, 35, 771);
    check(8, 0, 1, 3, 22, 2048);
  }

  /** A mean of a thousand deviations: sums of squares would leave nothing of the variance. */
  @Test
  void farFromZero() {
    check(4, 1000, 2, 33, 34, 16);
  }

  @Test
  void noPixels() {
    check(2, 0, 3, 0, 5, 4);
  }

  private void check(int groups, double mean, int... dims) {
    int channels = dims[dims.length - 1];
    Operand x = normal(mean, dims);
    Operand gamma = normal(0, channels);
    Operand beta = normal(0, channels);
    Operand dy = normal(0, dims);
    try (Frame ours = cuda.push("case");
        Frame theirs = reference.push("case")) {
      // x itself is only known to a unit of float32 at its mean.
      double tolerance = 1e-5 + mean * 0x1p-23;
      Op norm = new GroupNorm(groups, 1e-5, true);
      List<double[]> expected = compare(norm, tolerance, x, gamma, beta);
      Shape statistics = Shape.of(dims[0], groups);
      Operand center = Operand.f32(statistics, expected.get(1));
      Operand scale = Operand.f32(statistics, expected.get(2));
      compare(new GroupNormBackward(groups), 2e-5, dy, x, gamma, center, scale);
    }
  }

  private List<double[]> compare(Op op, double tolerance, Operand... in) {
    List<double[]> expected = run(reference, op, in);
    List<double[]> actual = run(cuda, op, in);
    for (int i = 0; i < expected.size(); i++) {
      Comparison.close(op + ", output " + i, expected.get(i), actual.get(i), tolerance);
    }
    return expected;
  }

  private static List<double[]> run(Device device, Op op, Operand... in) {
    return device.dispatch(op, Arrays.stream(in).map(o -> o.on(device)).toList()).stream()
        .map(Operand::read)
        .toList();
  }

  private Operand normal(double mean, int... dims) {
    Shape shape = Shape.of(dims);
    double[] v = new double[(int) shape.size()];
    Arrays.setAll(v, i -> random.nextGaussian(mean, 1));
    return Operand.f32(shape, v);
  }
}

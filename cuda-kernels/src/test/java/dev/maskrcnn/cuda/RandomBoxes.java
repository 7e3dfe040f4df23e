package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/** Boxes and scores for tests of selection. */
final class RandomBoxes {
  private final SplittableRandom random;

  RandomBoxes(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Boxes with sides of 4 to {@code largest} pixels; the last of {@code dims} is made of fours. */
  Operand boxes(double image, double largest, int... dims) {
    Shape shape = Shape.of(dims);
    double[] v = new double[(int) shape.size()];
    for (int i = 0; i < v.length; i += 4) {
      v[i] = random.nextDouble(0, image);
      v[i + 1] = random.nextDouble(0, image);
      v[i + 2] = v[i] + random.nextDouble(4, largest);
      v[i + 3] = v[i + 1] + random.nextDouble(4, largest);
    }
    return Operand.f32(shape, v);
  }

  Operand uniform(double low, double high, int... dims) {
    return fill(() -> random.nextDouble(low, high), dims);
  }

  /** Multiples of {@code step} from 0 to below 1: full of ties. */
  Operand steps(double step, int... dims) {
    int count = (int) Math.round(1 / step);
    return fill(() -> random.nextInt(count) * step, dims);
  }

  private static Operand fill(DoubleSupplier source, int... dims) {
    Shape shape = Shape.of(dims);
    double[] v = new double[(int) shape.size()];
    for (int i = 0; i < v.length; i++) {
      v[i] = source.getAsDouble();
    }
    return Operand.f32(shape, v);
  }
}

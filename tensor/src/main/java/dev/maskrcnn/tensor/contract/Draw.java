package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.function.DoubleSupplier;

/** Deterministic input data from one seed. */
class Draw {
  private final Philox random;
  private long next;

  Draw(long seed) {
    random = new Philox(seed, 0);
  }

  double number(double low, double high) {
    return low + (high - low) * random.uniform(next++);
  }

  int integer(int low, int beyond) {
    return low + (int) (random.uniform(next++) * (beyond - low));
  }

  private Operand floats(Shape shape, DoubleSupplier source) {
    double[] v = new double[(int) shape.size()];
    for (int i = 0; i < v.length; i++) {
      v[i] = source.getAsDouble();
    }
    return Operand.f32(shape, v);
  }

  Operand uniform(double low, double high, int... dims) {
    return floats(Shape.of(dims), () -> number(low, high));
  }

  /** Standard normal numbers. */
  Operand normal(int... dims) {
    return gauss(0, 1, dims);
  }

  Operand gauss(double mean, double deviation, int... dims) {
    return floats(Shape.of(dims), () -> mean + deviation * random.normal(next++));
  }

  /** Whole numbers as floats: full of ties. */
  Operand steps(int low, int beyond, int... dims) {
    return floats(Shape.of(dims), () -> integer(low, beyond));
  }

  Operand ints(int low, int beyond, int... dims) {
    Shape shape = Shape.of(dims);
    int[] v = new int[(int) shape.size()];
    for (int i = 0; i < v.length; i++) {
      v[i] = integer(low, beyond);
    }
    return Operand.i32(shape, v);
  }

  /** Flags that are 1 for about the given share. */
  Operand flags(double share, int... dims) {
    Shape shape = Shape.of(dims);
    int[] v = new int[(int) shape.size()];
    for (int i = 0; i < v.length; i++) {
      v[i] = number(0, 1) < share ? 1 : 0;
    }
    return Operand.u8(shape, v);
  }

  /** Boxes {@code [dims…,4]} with sides of 4 to {@code largest} pixels in a square image. */
  Operand boxes(double image, double largest, int... dims) {
    int[] d = java.util.Arrays.copyOf(dims, dims.length + 1);
    d[dims.length] = 4;
    Shape shape = Shape.of(d);
    double[] v = new double[(int) shape.size()];
    for (int i = 0; i < v.length; i += 4) {
      v[i] = number(0, image - 4);
      v[i + 1] = number(0, image - 4);
      v[i + 2] = v[i] + number(4, largest);
      v[i + 3] = v[i + 1] + number(4, largest);
    }
    return Operand.f32(shape, v);
  }

  /** RoI rows (image, x1, y1, x2, y2), some beyond the border; every fifth row is padding. */
  Operand rois(int images, double image, int rows) {
    double[] v = new double[rows * 5];
    for (int i = 0; i < rows; i++) {
      v[i * 5] = i % 5 == 4 ? -1 : integer(0, images);
      v[i * 5 + 1] = number(-0.3 * image, image);
      v[i * 5 + 2] = number(-0.3 * image, image);
      v[i * 5 + 3] = v[i * 5 + 1] + number(0.5, 0.8 * image);
      v[i * 5 + 4] = v[i * 5 + 2] + number(0.5, 0.8 * image);
    }
    return Operand.f32(Shape.of(rows, 5), v);
  }
}

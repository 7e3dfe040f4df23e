package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Random inputs on one device, the same on every device; they belong to its current frame. */
final class Operands {
  private final Device on;
  private final Random random = new Random(17);

  Operands(Device on) {
    this.on = on;
  }

  /** Standard normal numbers: a block of a few thousand, repeated. */
  Tensor normal(int... dims) {
    Random gauss = new Random(1);
    float[] block = new float[4093]; // prime, so that rows differ
    for (int i = 0; i < block.length; i++) {
      block[i] = (float) gauss.nextGaussian();
    }
    Tensor t = on.empty(new Spec(Shape.of(dims), DType.F32));
    int n = (int) t.shape().size();
    ByteBuffer bytes = ByteBuffer.allocate(4 * n).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < n; i += block.length) {
      bytes.asFloatBuffer().put(i, block, 0, Math.min(block.length, n - i));
    }
    t.write(bytes);
    return t;
  }

  /** {@link #normal} in another type. */
  Tensor normal(DType type, int... dims) {
    Tensor t = normal(dims);
    return type == DType.F32 ? t : make(new Cast(type), t).get(0);
  }

  /** Uniform numbers in [0, scale), without repeats up to the precision of float. */
  Tensor uniform(double scale, int... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * random.nextDouble());
    }
    return on.of(shape, values);
  }

  /** Numbers of which each row falls from 1. */
  Tensor descending(int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1 - i % columns / (float) columns;
    }
    return on.of(Shape.of(rows, columns), values);
  }

  /** A number of rank 0. */
  Tensor scalar(float value) {
    return on.of(Shape.of(), value);
  }

  /** Uniform integers from {@code low} to {@code beyond − 1}. */
  Tensor integers(int low, int beyond, int... dims) {
    Shape shape = Shape.of(dims);
    return on.of(shape, new Random(2).ints(shape.size(), low, beyond).toArray());
  }

  /** One integer, repeated. */
  Tensor all(int value, int... dims) {
    return integers(value, value + 1, dims);
  }

  /** Flags that are all set. */
  Tensor flags(int... dims) {
    Shape shape = Shape.of(dims);
    byte[] set = new byte[Math.toIntExact(shape.size())];
    Arrays.fill(set, (byte) 1);
    return on.of(shape, set);
  }

  /** Integers as they are given. */
  Tensor exactly(int... values) {
    return on.of(Shape.of(values.length), values);
  }

  /** Numbers as they are given. */
  Tensor floats(float[] values, int... dims) {
    return on.of(Shape.of(dims), values);
  }

  /**
   * Boxes xyxy inside an image of which the sides are uniform on a logarithmic scale, from 16
   * pixels to half of the image's.
   */
  float[] corners(int count, int height, int width) {
    float[] b = new float[4 * count];
    for (int i = 0; i < b.length; i += 4) {
      double w = side(width);
      double h = side(height);
      b[i] = (float) (random.nextDouble() * (width - w));
      b[i + 1] = (float) (random.nextDouble() * (height - h));
      b[i + 2] = (float) (b[i] + w);
      b[i + 3] = (float) (b[i + 1] + h);
    }
    return b;
  }

  private double side(int length) {
    return 16 * Math.pow(Math.max(1, length / 32.0), random.nextDouble());
  }

  /** {@link #corners} as a tensor of rank 3. */
  Tensor boxes(int images, int rows, ModelSize size) {
    return floats(corners(images * rows, size.height(), size.width()), images, rows, 4);
  }

  /** RoIs {@code [images·perImage,5]}: image, then a box. */
  Tensor rois(int images, int perImage, ModelSize size) {
    float[] boxes = corners(images * perImage, size.height(), size.width());
    float[] rois = new float[5 * images * perImage];
    for (int r = 0; r < images * perImage; r++) {
      rois[5 * r] = r / perImage;
      System.arraycopy(boxes, 4 * r, rois, 5 * r + 1, 4);
    }
    return floats(rois, images * perImage, 5);
  }

  /** Probabilities {@code [images,rows,classes]}: mostly background, three classes share it. */
  Tensor probabilities(int images, int rows, int classes) {
    float[] p = new float[images * rows * classes];
    for (int r = 0; r < p.length; r += classes) {
      p[r] = 0.9f;
      for (int i = 0; i < 3; i++) {
        p[r + 1 + random.nextInt(classes - 1)] = (float) (0.1 * random.nextDouble());
      }
    }
    return floats(p, images, rows, classes);
  }

  /** A star-shaped outline of {@code points} points in each box, as x, y pairs. */
  float[] outlines(float[] boxes, int points) {
    float[] coords = new float[boxes.length / 4 * points * 2];
    int to = 0;
    for (int at = 0; at < boxes.length; at += 4) {
      float halfWidth = (boxes[at + 2] - boxes[at]) / 2;
      float halfHeight = (boxes[at + 3] - boxes[at + 1]) / 2;
      for (int i = 0; i < points; i++) {
        double angle = 2 * Math.PI * i / points;
        double radius = 0.7 + 0.3 * random.nextDouble();
        coords[to++] = (float) (boxes[at] + halfWidth * (1 + radius * Math.cos(angle)));
        coords[to++] = (float) (boxes[at + 1] + halfHeight * (1 + radius * Math.sin(angle)));
      }
    }
    return coords;
  }

  /** The outputs of an op. */
  List<Tensor> make(Op op, Tensor... inputs) {
    return on.dispatch(op, List.of(inputs));
  }

  /** The outputs of an op. */
  List<Tensor> make(Op op, List<Tensor> inputs) {
    return on.dispatch(op, inputs);
  }
}

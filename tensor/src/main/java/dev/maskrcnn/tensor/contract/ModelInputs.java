package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.Arrays;

/** Random inputs of the model's size: what a benchmark case is made of. */
final class ModelInputs extends Draw {
  private static final int BLOCK = 4093; // prime, so that rows differ

  final ModelSize size;
  final int images;

  ModelInputs(ModelSize size, int images) {
    super(17);
    this.size = size;
    this.images = images;
  }

  /** Standard normal numbers, a block of a few thousand repeated. */
  Input map(int... dims) {
    return repeated(DType.F32, super.normal(BLOCK), dims);
  }

  /** The same in half precision. */
  Input half(int... dims) {
    return repeated(DType.F16, super.normal(BLOCK), dims);
  }

  /** Numbers from 0.01 to 1, a block of a few thousand repeated. */
  Input positive(int... dims) {
    return repeated(DType.F32, uniform(0.01, 1, BLOCK), dims);
  }

  private static Input repeated(DType type, Operand block, int... dims) {
    float[] values = new float[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      values[i] = (float) block.values()[i];
    }
    return new Input.Repeated(new Spec(Shape.of(dims), type), values);
  }

  /** The largest map of the pyramid. */
  Input p2() {
    return map(level(0));
  }

  /** Extents of a pyramid level of all images, 0 for P2. */
  int[] level(int l) {
    return new int[] {images, size.rows(l), size.columns(l), size.channels()};
  }

  /** A number of rank 0. */
  Operand one() {
    return Operand.f32(Shape.of(), 1);
  }

  /** One integer, repeated. */
  Operand all(int value, int... dims) {
    return ints(value, value + 1, dims);
  }

  /** Flags that are all set. */
  Operand set(int... dims) {
    return flags(2, dims);
  }

  /** Height and width of each image. */
  Operand imageSizes() {
    return all(size.height(), images, 2);
  }

  /** Scores of which each row falls from 1. */
  Operand descending(int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1 - i % columns / (float) columns;
    }
    return Operand.f32(Shape.of(rows, columns), values);
  }

  /**
   * Boxes {@code [dims…,4]} inside an image whose sides are uniform on a logarithmic scale, from 16
   * pixels to half of the image's.
   */
  Operand boxes(int... dims) {
    int[] d = Arrays.copyOf(dims, dims.length + 1);
    d[dims.length] = 4;
    double[] v = new double[(int) Shape.of(d).size()];
    for (int i = 0; i < v.length; i += 4) {
      double w = side(size.width());
      double h = side(size.height());
      v[i] = number(0, size.width() - w);
      v[i + 1] = number(0, size.height() - h);
      v[i + 2] = v[i] + w;
      v[i + 3] = v[i + 1] + h;
    }
    return Operand.f32(Shape.of(d), v);
  }

  private double side(int length) {
    return 16 * Math.pow(Math.max(1, length / 32.0), number(0, 1));
  }

  /** RoIs {@code [images·perImage,5]}: image, then a box. */
  Operand rois(int perImage) {
    double[] box = boxes(images * perImage).values();
    double[] rois = new double[5 * images * perImage];
    for (int r = 0; r < images * perImage; r++) {
      rois[5 * r] = r / perImage;
      System.arraycopy(box, 4 * r, rois, 5 * r + 1, 4);
    }
    return Operand.f32(Shape.of(images * perImage, 5), rois);
  }

  /** Probabilities {@code [images,rows,classes]}: mostly background, three classes share it. */
  Operand probabilities(int rows, int classes) {
    double[] p = new double[images * rows * classes];
    for (int r = 0; r < p.length; r += classes) {
      p[r] = 0.9;
      for (int i = 0; i < 3; i++) {
        p[r + integer(1, classes)] = number(0, 0.1);
      }
    }
    return Operand.f32(Shape.of(images, rows, classes), p);
  }

  /** A star-shaped outline of some points in each box, as x, y pairs. */
  Operand outlines(Operand boxes, int points) {
    double[] box = boxes.values();
    double[] coords = new double[box.length / 4 * points * 2];
    int to = 0;
    for (int at = 0; at < box.length; at += 4) {
      for (int i = 0; i < points; i++) {
        double angle = 2 * Math.PI * i / points;
        double radius = number(0.35, 0.5);
        double x = 0.5 + radius * Math.cos(angle);
        double y = 0.5 + radius * Math.sin(angle);
        coords[to++] = box[at] + x * (box[at + 2] - box[at]);
        coords[to++] = box[at + 1] + y * (box[at + 3] - box[at + 1]);
      }
    }
    return Operand.f32(Shape.of(coords.length), coords);
  }
}

package dev.maskrcnn.tensor.shape;

import java.util.Arrays;

/** The extents of a dense row-major tensor, outermost first. Immutable; rank 0 is a scalar. */
public final class Shape {
  private final int[] dims;

  private Shape(int[] dims) {
    this.dims = dims;
  }

  /** A shape of the given extents, each ≥ 0. */
  public static Shape of(int... dims) {
    for (int d : dims) {
      if (d < 0) {
        throw new ShapeException("shape: extent " + d + " is negative in " + Arrays.toString(dims));
      }
    }
    return new Shape(dims.clone());
  }

  /** Number of axes. */
  public int rank() {
    return dims.length;
  }

  /** Extent of an axis; a negative axis counts from the end (−1 is the last). */
  public int dim(int axis) {
    int a = axis < 0 ? axis + dims.length : axis;
    if (a < 0 || a >= dims.length) {
      throw new ShapeException("shape: axis " + axis + " of " + this + " does not exist");
    }
    return dims[a];
  }

  /** Number of elements. */
  public long size() {
    return size(0, dims.length);
  }

  /** Product of the extents of axes {@code from} (inclusive) to {@code to} (exclusive). */
  public long size(int from, int to) {
    long n = 1;
    for (int i = from; i < to; i++) {
      n = Math.multiplyExact(n, (long) dims[i]);
    }
    return n;
  }

  /** A copy of the extents. */
  public int[] dims() {
    return dims.clone();
  }

  /** This shape with one extent replaced. */
  public Shape with(int axis, int extent) {
    int[] d = dims.clone();
    d[axis < 0 ? axis + d.length : axis] = extent;
    return of(d);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape s && Arrays.equals(dims, s.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}

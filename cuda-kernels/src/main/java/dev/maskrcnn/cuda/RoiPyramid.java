package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * The feature maps of a RoIAlign, as the kernels take them: a fixed number of levels, those beyond
 * the pyramid empty.
 *
 * @param scales of each level against the image
 * @param shapes {@code [N,H,W,C]} of each level
 */
record RoiPyramid(List<Double> scales, List<Shape> shapes) {
  /** {@code LEVELS} of {@code roi_geometry.cuh}. */
  static final int MOST_LEVELS = 6;

  private static final int THREADS = 256;

  /** Bins of a block: enough to pay for the sample positions, few enough to fill the device. */
  private static final int BINS = 28;

  /**
   * Checks what the kernels presume.
   *
   * @throws DeviceException if there are more levels than the kernels take, the levels differ in
   *     their number of images, or the RoIs are not float32
   */
  static RoiPyramid of(Op op, List<Double> scales, List<Shape> shapes, DenseArray rois) {
    if (scales.isEmpty() || scales.size() > MOST_LEVELS || scales.size() != shapes.size()) {
      throw new DeviceException(
          op.label()
              + ": "
              + scales.size()
              + " scales for "
              + shapes.size()
              + " levels, the cuda kernels take 1 to "
              + MOST_LEVELS
              + " of each");
    }
    for (Shape s : shapes) {
      if (s.dim(0) != shapes.get(0).dim(0)) {
        throw new DeviceException(
            op.label() + ": levels " + shapes + " differ in their number of images, expected one");
      }
    }
    if (rois.spec().dtype() != DType.F32) {
      throw new DeviceException(
          op.label() + ": rois are " + rois.spec().dtype() + ", expected f32; cast the boxes");
    }
    return new RoiPyramid(scales, shapes);
  }

  /** Images of each level. */
  int images() {
    return shapes.get(0).dim(0);
  }

  /** Channels of each level. */
  int channels() {
    return shapes.get(0).dim(3);
  }

  /** Elements of all levels. */
  long elements() {
    return shapes.stream().mapToLong(Shape::size).sum();
  }

  /** Appends {@code bins_y, bins_x, ratio, aligned}. */
  void sampling(Arguments arguments, Grid grid) {
    arguments
        .integer(grid.height())
        .integer(grid.width())
        .integer(grid.samplingRatio())
        .flag(grid.aligned());
  }

  /** Appends {@code map, height, width, scale} of each level, empty ones to the fixed number. */
  void maps(Arguments arguments, IntToLongFunction address) {
    for (int l = 0; l < MOST_LEVELS; l++) {
      boolean there = l < shapes.size();
      arguments
          .pointer(there ? address.applyAsLong(l) : 0)
          .integer(there ? shapes.get(l).dim(1) : 0)
          .integer(there ? shapes.get(l).dim(2) : 0)
          .number(there ? scales.get(l).floatValue() : 0f);
    }
  }

  /** Blocks over RoIs and ranges of their bins. */
  static Launch launch(Grid grid, int rois) {
    long bins = (long) grid.height() * grid.width();
    int ranges = (int) Math.min(Launch.ceilDiv(bins, BINS), 1024);
    return Launch.blocks(rois, THREADS).grid(ranges, 1);
  }
}

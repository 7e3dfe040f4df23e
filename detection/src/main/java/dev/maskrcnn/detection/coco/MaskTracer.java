package dev.maskrcnn.detection.coco;

import java.util.List;

/** Turns a mask back into polygons that rasterise to the same mask. */
public final class MaskTracer {
  private MaskTracer() {}

  /** The polygons of a mask, in pixel-corner coordinates, one per 4-connected component. */
  public static List<double[]> trace(Rle mask) {
    throw new UnsupportedOperationException();
  }

  /** The polygons of a row-major bitmap {@code [height, width]}. */
  public static List<double[]> trace(byte[] rowMajor, int height, int width) {
    throw new UnsupportedOperationException();
  }
}

package dev.maskrcnn.detection.coco;

import java.util.List;

/**
 * A binary mask as run lengths down the columns, starting with a run of zeros (COCO's form).
 *
 * @param height mask height in pixels
 * @param width mask width in pixels
 * @param counts lengths of the runs; not copied, do not write into it
 */
public record Rle(int height, int width, int[] counts) {

  /** Run lengths of a row-major bitmap {@code [height, width]}; any nonzero byte is set. */
  public static Rle encode(byte[] rowMajor, int height, int width) {
    throw new UnsupportedOperationException();
  }

  /** The row-major bitmap {@code [height, width]} of 0 and 1. */
  public byte[] decode() {
    throw new UnsupportedOperationException();
  }

  /** Reads COCO's compressed string. */
  public static Rle fromCompressed(String text, int height, int width) {
    throw new UnsupportedOperationException();
  }

  /** COCO's compressed string. */
  public String toCompressed() {
    throw new UnsupportedOperationException();
  }

  /** Number of set pixels. */
  public long area() {
    throw new UnsupportedOperationException();
  }

  /** The smallest box around the set pixels, {@code xywh}; all zero for an empty mask. */
  public double[] toBbox() {
    throw new UnsupportedOperationException();
  }

  /** Pairwise IoU {@code [dt, gt]}; with crowd ground truth the union is the detection's area. */
  public static double[][] iou(List<Rle> dt, List<Rle> gt, boolean[] crowd) {
    throw new UnsupportedOperationException();
  }

  /** Union, or intersection, of masks of one size. */
  public static Rle merge(List<Rle> masks, boolean intersect) {
    throw new UnsupportedOperationException();
  }

  /** Rasterises one polygon {@code x, y, x, y, ...} by COCO's rule. */
  public static Rle fromPolygon(double[] xy, int height, int width) {
    throw new UnsupportedOperationException();
  }

  /** Rasterises polygons and takes the union. */
  public static Rle fromPolygons(List<double[]> parts, int height, int width) {
    throw new UnsupportedOperationException();
  }

  /** Rasterises a box {@code xywh}. */
  public static Rle fromBbox(double[] xywh, int height, int width) {
    throw new UnsupportedOperationException();
  }
}

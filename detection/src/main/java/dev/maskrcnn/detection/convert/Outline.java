package dev.maskrcnn.detection.convert;

import dev.maskrcnn.detection.coco.MaskTracer;
import dev.maskrcnn.detection.coco.Polygons;
import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.detection.coco.RunLength;
import dev.maskrcnn.detection.coco.Segmentation;
import dev.maskrcnn.detection.image.ImageSize;
import java.util.List;

/**
 * One object of an image.
 *
 * @param label name of its category
 * @param segmentation its shape
 * @param bbox {@code xywh} in pixels, inside the image
 * @param area in square pixels, of the mask as COCO's tools draw it
 * @param crowd whether it is a group
 */
record Outline(String label, Segmentation segmentation, double[] bbox, double area, boolean crowd) {

  /** An object of polygons, in pixels; its box is theirs, cut at the borders of the image. */
  static Outline ofPolygons(String label, List<double[]> parts, ImageSize size) {
    double[] low = {size.width(), size.height()};
    double[] high = {0, 0};
    for (double[] part : parts) {
      for (int i = 0; i < part.length; i++) {
        double limit = i % 2 == 0 ? size.width() : size.height();
        double value = Math.max(0, Math.min(limit, part[i]));
        low[i % 2] = Math.min(low[i % 2], value);
        high[i % 2] = Math.max(high[i % 2], value);
      }
    }
    long area = Rle.fromPolygons(parts, size.height(), size.width()).area();
    double[] bbox = {low[0], low[1], high[0] - low[0], high[1] - low[1]};
    return new Outline(label, new Polygons(parts), bbox, area, false);
  }

  /** An object of pixels: polygons around them where that is exact, run lengths else. */
  static Outline ofMask(String label, Rle mask, boolean crowd) {
    List<double[]> polygons = crowd ? List.of() : MaskTracer.trace(mask);
    Segmentation segmentation = polygons.isEmpty() ? new RunLength(mask) : new Polygons(polygons);
    return new Outline(label, segmentation, mask.toBbox(), mask.area(), crowd);
  }
}

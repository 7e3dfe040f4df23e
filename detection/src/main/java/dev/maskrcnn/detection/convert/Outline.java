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
public record Outline(
    String label, Segmentation segmentation, double[] bbox, double area, boolean crowd) {

  /** An object of polygons, in pixels; its box is theirs, cut at the borders of the image. */
  static Outline ofPolygons(String label, List<double[]> parts, ImageSize size) {
    long area = Rle.fromPolygons(parts, size.height(), size.width()).area();
    Polygons polygons = new Polygons(parts);
    double[] bbox = polygons.box(size.width(), size.height());
    return new Outline(label, polygons, bbox, area, false);
  }

  /** An object of pixels: polygons around them where that is exact, run lengths else. */
  static Outline ofMask(String label, Rle mask, boolean crowd) {
    List<double[]> polygons = crowd ? List.of() : MaskTracer.trace(mask);
    Segmentation segmentation = polygons.isEmpty() ? new RunLength(mask) : new Polygons(polygons);
    return new Outline(label, segmentation, mask.toBbox(), mask.area(), crowd);
  }
}

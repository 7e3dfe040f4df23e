package dev.maskrcnn.detection.coco;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Counts what is odd in a dataset but tolerated, one line for each kind. */
final class DatasetWarnings {
  /** COCO's own polygons and boxes leave the image by rounding; only more than this counts. */
  static final double OUTSIDE = 1;

  private final Map<Repair, CountedImages> repaired = new EnumMap<>(Repair.class);

  /** Counts what reading has repaired. */
  void add(Repair repair, OptionalLong image) {
    CountedImages counted = repaired.computeIfAbsent(repair, r -> new CountedImages());
    counted.add(image.orElse(0));
  }

  List<String> of(CocoDataset dataset) {
    CountedImages outside = new CountedImages();
    CountedImages empty = new CountedImages();
    for (CocoImage image : dataset.images()) {
      List<CocoAnnotation> objects = dataset.annotationsOf(image.id());
      if (objects.isEmpty()) {
        empty.add(image.id());
      }
      for (CocoAnnotation object : objects) {
        if (leaves(object.segmentation(), image)) {
          outside.add(image.id());
        }
      }
    }
    List<String> lines = new ArrayList<>();
    repaired.forEach(
        (repair, images) ->
            lines.add("%s times %s %s".formatted(images.count(), repair.text, images.text())));
    line(lines, empty, "image%s without objects %s left out in training");
    line(lines, outside, "annotation%s with polygons that leave the image %s clipped");
    return List.copyOf(lines);
  }

  private static void line(List<String> lines, CountedImages images, String text) {
    boolean one = images.count() == 1;
    if (images.count() > 0) {
      String verb = images.text() + (one ? " is" : " are");
      lines.add(images.count() + " " + text.formatted(one ? "" : "s", verb));
    }
  }

  /** Whether a point lies outside of the image by more than rounding. */
  static boolean leaves(Segmentation segmentation, CocoImage image) {
    if (!(segmentation instanceof Polygons polygons)) {
      return false;
    }
    for (double[] xy : polygons.parts()) {
      for (int i = 0; i < xy.length; i += 2) {
        if (xy[i] < -OUTSIDE
            || xy[i] > image.width() + OUTSIDE
            || xy[i + 1] < -OUTSIDE
            || xy[i + 1] > image.height() + OUTSIDE) {
          return true;
        }
      }
    }
    return false;
  }
}

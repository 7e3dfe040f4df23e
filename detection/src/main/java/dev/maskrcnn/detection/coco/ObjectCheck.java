package dev.maskrcnn.detection.coco;

import java.util.ArrayList;
import java.util.List;

/** What is wrong with one annotation that can be read: what training leaves out, and oddities. */
final class ObjectCheck {
  /** COCO's own areas differ from those of their polygons by up to a tenth. */
  private static final double AREA_TOLERANCE = 0.25;

  /** The areas of COCO's groups are rough. */
  private static final double CROWD_AREA_TOLERANCE = 0.5;

  /** Square pixels; at small objects rounding weighs more. */
  private static final double AREA_SLACK = 16;

  /** Box and outline of an object share at least this part of what they cover together. */
  private static final double LEAST_OVERLAP = 0.5;

  private final TrainingRule rule;

  private ObjectCheck(TrainingRule rule) {
    this.rule = rule;
  }

  /** For a data set of these annotations: if any has an outline, all need one. */
  static ObjectCheck of(List<CocoAnnotation> annotations) {
    boolean outlines = annotations.stream().anyMatch(TrainingRule::hasOutline);
    return new ObjectCheck(new TrainingRule(1, outlines));
  }

  /** What training uses under the default conventions, whose boxes need more than one pixel. */
  TrainingRule rule() {
    return rule;
  }

  /** The problems of an annotation; empty if it is sound. */
  List<String> problems(CocoAnnotation a, CocoImage image) {
    List<String> out = new ArrayList<>(0);
    double[] b = a.bbox();
    boolean leaves = leaves(b, image);
    if (a.zeroSize()) {
      out.add("box has no size (%s x %s)".formatted(plain(b[2]), plain(b[3])));
    } else if (!a.crowd() && rule.box(a, image) == null) {
      out.add(
          "box %s covers no pixel of the image; training leaves it out%s"
              .formatted(text(b), fraction(b) ? "; boxes are in pixels, not in fractions" : ""));
    }
    if (leaves) {
      out.add(
          "box %s leaves the image of %sx%s (width x height)"
              .formatted(text(b), image.width(), image.height()));
    }
    if (DatasetWarnings.leaves(a.segmentation(), image)) {
      out.add("a polygon leaves the image; what is outside is clipped");
    }
    if (rule.masks() && !TrainingRule.hasOutline(a)) {
      out.add("has no outline (segmentation); training of masks leaves it out");
    }
    if (a.segmentation() instanceof Polygons polygons) {
      checkPolygons(polygons, image, out);
    }
    if (TrainingRule.hasOutline(a)) {
      checkArea(a, image, out);
      if (!a.crowd() && !leaves && overlap(b, outlineBox(a, image)) < LEAST_OVERLAP) {
        out.add(
            "box %s lies elsewhere than its outline, whose box is %s"
                .formatted(text(b), text(outlineBox(a, image))));
      }
    }
    return out;
  }

  private static boolean leaves(double[] b, CocoImage image) {
    double outside = DatasetWarnings.OUTSIDE;
    return b[0] < -outside
        || b[1] < -outside
        || b[0] + b[2] > image.width() + outside
        || b[1] + b[3] > image.height() + outside;
  }

  private static boolean fraction(double[] b) {
    return b[0] + b[2] <= 1 && b[1] + b[3] <= 1;
  }

  private static void checkPolygons(Polygons polygons, CocoImage image, List<String> out) {
    for (int i = 0; i < polygons.parts().size(); i++) {
      double[] part = polygons.parts().get(i);
      if (Polygons.area(part) == 0) {
        long covered = Rle.fromPolygon(part, image.height(), image.width()).area();
        out.add(
            covered == 0
                ? "polygon %s encloses no area; remove it".formatted(i)
                : "polygon %s crosses itself (it covers %s pixels); draw it as simple polygons"
                    .formatted(i, covered));
      }
    }
  }

  /** Overlapping parts make the sum of polygons and the drawn mask differ; either will do. */
  private static void checkArea(CocoAnnotation a, CocoImage image, List<String> out) {
    double drawn = a.mask(image).area();
    double outline = a.segmentation() instanceof Polygons p ? p.area() : drawn;
    double difference = Math.min(Math.abs(a.area() - drawn), Math.abs(a.area() - outline));
    double tolerance = a.crowd() ? CROWD_AREA_TOLERANCE : AREA_TOLERANCE;
    if (difference > Math.max(AREA_SLACK, tolerance * Math.max(a.area(), drawn))) {
      out.add("area is %s, its outline covers %s pixels".formatted(plain(a.area()), plain(drawn)));
    }
  }

  /** The box {@code xywh} around an outline, inside of the image. */
  static double[] outlineBox(CocoAnnotation a, CocoImage image) {
    return a.segmentation() instanceof Polygons polygons
        ? polygons.box(image.width(), image.height())
        : a.mask(image).toBbox();
  }

  /** Intersection over union, both boxes grown by a pixel on each side. */
  private static double overlap(double[] a, double[] b) {
    double w = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]) + 2;
    double h = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]) + 2;
    double both = w <= 0 || h <= 0 ? 0 : w * h;
    return both / ((a[2] + 2) * (a[3] + 2) + (b[2] + 2) * (b[3] + 2) - both);
  }

  /** {@code 3, 4, 20, 20 (x, y, width, height)}. */
  private static String text(double[] b) {
    return "%s, %s, %s, %s (x, y, width, height)"
        .formatted(plain(b[0]), plain(b[1]), plain(b[2]), plain(b[3]));
  }

  private static String plain(double v) {
    return JsonFields.plain(v);
  }
}

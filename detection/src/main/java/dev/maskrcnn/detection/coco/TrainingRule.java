package dev.maskrcnn.detection.coco;

import java.util.EnumMap;
import java.util.Map;
import java.util.StringJoiner;

/**
 * Decides which objects training uses. Training itself, its warnings and {@code dataset verify} ask
 * here, so that none of them says what another does not do.
 *
 * @param boxOffset 1 for inclusive corners (x2 = x + w - 1), 0 for continuous ones
 * @param masks whether an object without outline is of no use
 */
public record TrainingRule(float boxOffset, boolean masks) {
  /** Why an annotation is no target. */
  public enum LeftOut {
    /** Groups are never targets. */
    CROWD("groups (iscrowd) "),
    /** Nothing of the box is left inside of the image. */
    SMALL_BOX("with a box that covers no pixel of the image "),
    /** A mask head has nothing to learn from it. */
    NO_OUTLINE("without outline (segmentation) ");

    private final String text;

    LeftOut(String text) {
      this.text = text;
    }
  }

  /** Why training leaves an annotation out, or null if it uses it. */
  public LeftOut leftOut(CocoAnnotation annotation, CocoImage image) {
    if (annotation.crowd()) {
      return LeftOut.CROWD;
    }
    if (box(annotation, image) == null) {
      return LeftOut.SMALL_BOX;
    }
    return masks && !hasOutline(annotation) ? LeftOut.NO_OUTLINE : null;
  }

  static boolean hasOutline(CocoAnnotation annotation) {
    return annotation.segmentation() instanceof Polygons
        || annotation.segmentation() instanceof RunLength mask && mask.rle().area() > 0;
  }

  /**
   * The corners {@code xyxy} of a box in float32, clipped to the image, step by step as the
   * original computes them; null if nothing is left.
   */
  public float[] box(CocoAnnotation annotation, CocoImage image) {
    double[] xywh = annotation.bbox();
    float[] box = {(float) xywh[0], (float) xywh[1], 0, 0};
    box[2] = box[0] + Math.max((float) xywh[2] - boxOffset, 0f);
    box[3] = box[1] + Math.max((float) xywh[3] - boxOffset, 0f);
    return clip(box, image.width() - boxOffset, image.height() - boxOffset) ? box : null;
  }

  /**
   * Clips a box in place.
   *
   * @param xyxy corners
   * @param right largest x
   * @param bottom largest y
   * @return whether anything is left
   */
  public static boolean clip(float[] xyxy, float right, float bottom) {
    xyxy[0] = clamp(xyxy[0], right);
    xyxy[1] = clamp(xyxy[1], bottom);
    xyxy[2] = clamp(xyxy[2], right);
    xyxy[3] = clamp(xyxy[3], bottom);
    return xyxy[2] > xyxy[0] && xyxy[3] > xyxy[1];
  }

  private static float clamp(float v, float max) {
    return Math.min(Math.max(v, 0f), max);
  }

  /** What training uses of a data set. */
  public static final class Count {
    private final Map<LeftOut, CountedImages> leftOut = new EnumMap<>(LeftOut.class);
    private final int annotations;
    private int emptied;
    private boolean fractions;

    private Count(int annotations) {
      this.annotations = annotations;
      this.fractions = annotations > 0;
    }

    /** Objects to learn from. */
    public int used() {
      return annotations - leftOut.values().stream().mapToInt(CountedImages::count).sum();
    }

    /** Whether people should know: something else than a few groups is left out. */
    public boolean notable() {
      int crowds = count(LeftOut.CROWD);
      return annotations - used() > crowds || 2 * crowds > annotations;
    }

    /** All, used or not. */
    public int annotations() {
      return annotations;
    }

    /** How many annotations are left out for a reason. */
    public int count(LeftOut reason) {
      return leftOut.containsKey(reason) ? leftOut.get(reason).count() : 0;
    }

    /** {@code 3 of 12 annotations are left out in training: 2 groups (iscrowd)}. */
    public String text() {
      StringJoiner reasons = new StringJoiner(", ");
      leftOut.forEach((r, images) -> reasons.add(images.count() + " " + r.text + images.text()));
      return "%s of %s annotations %s left out in training: %s%s%s"
          .formatted(
              used() == 0 ? "all" : annotations - used(),
              annotations,
              annotations - used() == 1 ? "is" : "are",
              reasons,
              emptied == 0
                  ? ""
                  : "; %s %s only background"
                      .formatted(emptied, emptied == 1 ? "image is" : "images are"),
              fractions
                  ? "; the boxes look like fractions of the image, COCO's format has pixels"
                  : "");
    }
  }

  /** Counts what training uses of a data set. */
  public Count count(CocoDataset dataset) {
    Count count = new Count(dataset.annotationCount());
    for (CocoImage image : dataset.images()) {
      boolean empty = true;
      for (CocoAnnotation annotation : dataset.annotationsOf(image.id())) {
        LeftOut reason = leftOut(annotation, image);
        empty &= reason != null;
        if (reason != null) {
          count.leftOut.computeIfAbsent(reason, r -> new CountedImages()).add(image.id());
        }
        double[] b = annotation.bbox();
        count.fractions &= b[0] + b[2] <= 1 && b[1] + b[3] <= 1;
      }
      count.emptied += empty && !dataset.annotationsOf(image.id()).isEmpty() ? 1 : 0;
    }
    return count;
  }
}

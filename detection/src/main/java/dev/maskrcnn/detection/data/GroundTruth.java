package dev.maskrcnn.detection.data;

import dev.maskrcnn.detection.coco.TrainingRule;
import dev.maskrcnn.detection.image.ImageSize;
import java.util.Arrays;

/**
 * The objects of one image. Arithmetic is float32 in the order of the original, so that results are
 * equal to the bit.
 *
 * @param boxes {@code [n, 4]} {@code xyxy}, pixels; not copied, do not write into it
 * @param labels {@code [n]} class of each object, 1 or more
 * @param polygons outlines, by index of the object
 */
public record GroundTruth(float[] boxes, int[] labels, PolygonSet polygons) {
  public GroundTruth {
    if (boxes.length != 4 * labels.length) {
      throw new IllegalArgumentException(
          "targets: %s box numbers for %s labels, expected %s"
              .formatted(boxes.length, labels.length, 4 * labels.length));
    }
    int parts = polygons.count();
    if (parts > 0 && polygons.instance()[parts - 1] >= labels.length) {
      throw new IllegalArgumentException(
          "targets: polygon of object %s, but there are %s objects"
              .formatted(polygons.instance()[parts - 1], labels.length));
    }
  }

  /** No objects: all of the image is background. */
  public static GroundTruth empty() {
    return new GroundTruth(new float[0], new int[0], PolygonSet.empty());
  }

  /** Number of objects, n. */
  public int count() {
    return labels.length;
  }

  /**
   * Boxes clipped to {@code [0, width - boxOffset] x [0, height - boxOffset]}; objects whose box is
   * then empty are dropped with all they have. Polygons are not clipped.
   */
  public GroundTruth clipped(ImageSize image, float boxOffset) {
    float right = image.width() - boxOffset;
    float bottom = image.height() - boxOffset;
    float[] kept = new float[boxes.length];
    int[] keptLabels = new int[labels.length];
    int[] renumbered = new int[labels.length];
    int n = 0;
    for (int i = 0; i < labels.length; i++) {
      float[] box = Arrays.copyOfRange(boxes, 4 * i, 4 * i + 4);
      boolean keep = TrainingRule.clip(box, right, bottom);
      renumbered[i] = keep ? n : -1;
      if (keep) {
        System.arraycopy(box, 0, kept, 4 * n, 4);
        keptLabels[n++] = labels[i];
      }
    }
    PolygonSet keptPolygons = n == labels.length ? polygons : polygons.select(renumbered);
    return new GroundTruth(Arrays.copyOf(kept, 4 * n), Arrays.copyOf(keptLabels, n), keptPolygons);
  }

  /**
   * Coordinates of another size of the same image, each times new over old side. The corner is
   * scaled as it is, also where corners are inclusive: the original does so.
   */
  public GroundTruth resized(ImageSize from, ImageSize to) {
    float x = (float) ((double) to.width() / from.width());
    float y = (float) ((double) to.height() / from.height());
    float[] out = new float[boxes.length];
    for (int i = 0; i < out.length; i += 2) {
      out[i] = boxes[i] * x;
      out[i + 1] = boxes[i + 1] * y;
    }
    return new GroundTruth(out, labels, polygons.scaled(x, y));
  }

  /**
   * Reversed in y: {@code y1' = height - y2 - boxOffset}, {@code y2' = height - y1 - boxOffset}.
   */
  public GroundTruth upsideDown(int height, float boxOffset) {
    return new GroundTruth(
        reversed(1, height, boxOffset), labels, polygons.upsideDown(height, boxOffset));
  }

  /** Reversed in x: {@code x1' = width - x2 - boxOffset}, {@code x2' = width - x1 - boxOffset}. */
  public GroundTruth flipped(int width, float boxOffset) {
    return new GroundTruth(
        reversed(0, width, boxOffset), labels, polygons.flipped(width, boxOffset));
  }

  /** The boxes with one axis, 0 for x and 1 for y, measured from its far end. */
  private float[] reversed(int axis, int length, float boxOffset) {
    float[] out = boxes.clone();
    for (int i = axis; i < out.length; i += 4) {
      out[i] = length - boxes[i + 2] - boxOffset;
      out[i + 2] = length - boxes[i] - boxOffset;
    }
    return out;
  }
}

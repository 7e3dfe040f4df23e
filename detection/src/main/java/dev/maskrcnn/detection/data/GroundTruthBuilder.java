package dev.maskrcnn.detection.data;

import java.util.Arrays;
import java.util.List;

/** Collects the objects of an image, for those who write a {@link SampleSource}. */
public final class GroundTruthBuilder {
  private float[] boxes = new float[32];
  private int[] labels = new int[8];
  private int instances;
  private float[] coords = new float[256];
  private int[] offsets = new int[17];
  private int[] instance = new int[16];
  private int parts;

  /**
   * Adds an object.
   *
   * @param xyxy four numbers, pixels
   * @param label class, 1 or more
   * @param polygons its outline, each {@code x, y, x, y, ...} in pixels; empty if it has none
   * @return this
   */
  public GroundTruthBuilder add(float[] xyxy, int label, List<double[]> polygons) {
    if (instances == labels.length) {
      labels = Arrays.copyOf(labels, 2 * instances);
      boxes = Arrays.copyOf(boxes, 8 * instances);
    }
    System.arraycopy(xyxy, 0, boxes, 4 * instances, 4);
    labels[instances] = label;
    for (double[] polygon : polygons) {
      addPart(polygon);
    }
    instances++;
    return this;
  }

  private void addPart(double[] polygon) {
    if (parts == instance.length) {
      instance = Arrays.copyOf(instance, 2 * parts);
      offsets = Arrays.copyOf(offsets, 2 * parts + 1);
    }
    int from = offsets[parts];
    int to = from + polygon.length;
    if (to > coords.length) {
      coords = Arrays.copyOf(coords, Math.max(to, 2 * coords.length));
    }
    for (int i = 0; i < polygon.length; i++) {
      coords[from + i] = (float) polygon[i];
    }
    instance[parts++] = instances;
    offsets[parts] = to;
  }

  /** What was added so far. */
  public GroundTruth build() {
    PolygonSet polygons =
        new PolygonSet(
            Arrays.copyOf(coords, offsets[parts]),
            Arrays.copyOf(offsets, parts + 1),
            Arrays.copyOf(instance, parts));
    return new GroundTruth(
        Arrays.copyOf(boxes, 4 * instances), Arrays.copyOf(labels, instances), polygons);
  }
}

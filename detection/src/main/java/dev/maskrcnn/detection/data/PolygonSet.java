package dev.maskrcnn.detection.data;

import java.util.Arrays;

/**
 * The outlines of the objects of one image, as flat arrays that a kernel can take over.
 *
 * @param coords {@code x, y, x, y, ...} of all polygons, pixels
 * @param offsets {@code [P + 1]}: polygon p is {@code coords[offsets[p] .. offsets[p + 1])}, in
 *     numbers, not in points
 * @param instance {@code [P]}: the object that polygon p is a part of, ascending; objects may have
 *     none
 */
public record PolygonSet(float[] coords, int[] offsets, int[] instance) {
  public PolygonSet {
    if (offsets.length != instance.length + 1
        || offsets[0] != 0
        || offsets[instance.length] != coords.length) {
      throw new IllegalArgumentException(
          "polygon set: %s offsets from %s to %s for %s polygons of %s numbers"
              .formatted(
                  offsets.length,
                  offsets.length == 0 ? -1 : offsets[0],
                  offsets.length == 0 ? -1 : offsets[offsets.length - 1],
                  instance.length,
                  coords.length));
    }
  }

  /** No polygons at all. */
  public static PolygonSet empty() {
    return new PolygonSet(new float[0], new int[] {0}, new int[0]);
  }

  /** Number of polygons, P. */
  public int count() {
    return instance.length;
  }

  /** Each coordinate times the factor of its axis. */
  public PolygonSet scaled(float x, float y) {
    float[] out = new float[coords.length];
    for (int i = 0; i < out.length; i += 2) {
      out[i] = coords[i] * x;
      out[i + 1] = coords[i + 1] * y;
    }
    return new PolygonSet(out, offsets, instance);
  }

  /** Reversed in y. */
  PolygonSet upsideDown(int height, float boxOffset) {
    return reversed(1, height, boxOffset);
  }

  /** Reversed in x: {@code x' = width - x - boxOffset}; the order of points stays. */
  public PolygonSet flipped(int width, float boxOffset) {
    return reversed(0, width, boxOffset);
  }

  /** One axis, 0 for x and 1 for y, measured from its far end. */
  private PolygonSet reversed(int axis, int length, float boxOffset) {
    float[] out = coords.clone();
    for (int i = axis; i < out.length; i += 2) {
      out[i] = length - out[i] - boxOffset;
    }
    return new PolygonSet(out, offsets, instance);
  }

  /**
   * The polygons of some objects only.
   *
   * @param renumbered new number of each object, -1 for those to drop
   */
  PolygonSet select(int[] renumbered) {
    float[] newCoords = new float[coords.length];
    int[] newOffsets = new int[offsets.length];
    int[] newInstance = new int[instance.length];
    int parts = 0;
    for (int p = 0; p < instance.length; p++) {
      int to = renumbered[instance[p]];
      if (to >= 0) {
        int length = offsets[p + 1] - offsets[p];
        System.arraycopy(coords, offsets[p], newCoords, newOffsets[parts], length);
        newOffsets[parts + 1] = newOffsets[parts] + length;
        newInstance[parts++] = to;
      }
    }
    return new PolygonSet(
        Arrays.copyOf(newCoords, newOffsets[parts]),
        Arrays.copyOf(newOffsets, parts + 1),
        Arrays.copyOf(newInstance, parts));
  }
}

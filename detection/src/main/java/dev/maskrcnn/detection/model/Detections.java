package dev.maskrcnn.detection.model;

/**
 * What was found in one image, on the host.
 *
 * @param boxes 4 numbers per detection: xyxy in network pixels
 * @param scores probability of the class
 * @param labels class from 1
 * @param masks {@code n·maskSize²} probabilities inside the boxes, or empty
 * @param maskSize side of a mask
 */
public record Detections(float[] boxes, float[] scores, int[] labels, float[] masks, int maskSize) {
  public Detections {
    int n = labels.length;
    if (boxes.length != 4 * n
        || scores.length != n
        || (masks.length != 0 && masks.length != n * maskSize * maskSize)) {
      throw new IllegalArgumentException(
          "detections: "
              + n
              + " labels, "
              + scores.length
              + " scores, "
              + boxes.length
              + " box numbers, "
              + masks.length
              + " mask values of side "
              + maskSize);
    }
  }

  /** Number of detections. */
  public int count() {
    return labels.length;
  }
}

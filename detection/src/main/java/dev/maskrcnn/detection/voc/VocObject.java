package dev.maskrcnn.detection.voc;

import java.util.Objects;

/**
 * One object of an annotation file.
 *
 * @param name its class
 * @param difficult whether the measure leaves it out
 * @param box {@code xmin, ymin, xmax, ymax} as the file has them: pixels counted from 1, both
 *     corners inside; not copied
 */
public record VocObject(String name, boolean difficult, double[] box) {
  public VocObject {
    Objects.requireNonNull(name, "name");
    if (box.length != 4 || !(box[2] >= box[0]) || !(box[3] >= box[1])) {
      throw new VocFormatException(
          "object \"%s\": box %s, expected xmin <= xmax and ymin <= ymax"
              .formatted(name, java.util.Arrays.toString(box)));
    }
  }

  /** The box as {@code xywh} in pixels from 0; {@code xmin = xmax} is one pixel wide. */
  public double[] xywh() {
    return new double[] {box[0] - 1, box[1] - 1, box[2] - box[0] + 1, box[3] - box[1] + 1};
  }
}

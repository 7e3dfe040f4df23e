package dev.maskrcnn.detection.draw;

import dev.maskrcnn.detection.image.RgbImage;
import java.util.List;
import java.util.Objects;

/**
 * What was annotated and what was found in one image.
 *
 * @param title file name or id, shown above; may be empty
 * @param image the image
 * @param truth annotated instances
 * @param predicted found instances
 */
public record Comparison(
    String title, RgbImage image, List<DrawnInstance> truth, List<DrawnInstance> predicted) {
  /** Copies the lists. */
  public Comparison {
    Objects.requireNonNull(title, "title");
    Objects.requireNonNull(image, "image");
    truth = List.copyOf(truth);
    predicted = List.copyOf(predicted);
  }
}

package dev.maskrcnn.detection.eval;

import java.nio.file.Path;
import java.util.List;

/**
 * The twelve numbers of one evaluation.
 *
 * @param iouType boxes or masks
 * @param values AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl; -1 where nothing
 *     was there to measure
 */
public record CocoSummary(IouType iouType, double[] values) {

  /** Average precision over IoU 0.50:0.95. */
  public double ap() {
    return values[0];
  }

  /** Average precision at IoU 0.50. */
  public double ap50() {
    return values[1];
  }

  /** Average precision at IoU 0.75. */
  public double ap75() {
    return values[2];
  }

  /** The lines that pycocotools prints, without line ends. */
  public List<String> lines() {
    throw new UnsupportedOperationException();
  }

  /** Writes {@code results.json}. */
  public static void write(Path file, List<CocoSummary> summaries) {
    throw new UnsupportedOperationException();
  }
}

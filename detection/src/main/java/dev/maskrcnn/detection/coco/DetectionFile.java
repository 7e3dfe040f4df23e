package dev.maskrcnn.detection.coco;

import java.nio.file.Path;
import java.util.List;

/** Reads and writes {@code bbox.json} and {@code segm.json}. */
public final class DetectionFile {
  private DetectionFile() {}

  /** Writes the boxes of detections. */
  public static void writeBoxes(Path file, List<DetectionRecord> detections) {
    throw new UnsupportedOperationException();
  }

  /** Writes the masks of detections; each must have one. */
  public static void writeMasks(Path file, List<DetectionRecord> detections) {
    throw new UnsupportedOperationException();
  }

  /** Reads a result file of either kind; a missing bbox is computed from the mask. */
  public static List<DetectionRecord> read(Path file) {
    throw new UnsupportedOperationException();
  }
}

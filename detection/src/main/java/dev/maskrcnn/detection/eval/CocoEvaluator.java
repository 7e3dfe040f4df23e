package dev.maskrcnn.detection.eval;

import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.DetectionRecord;
import java.util.List;

/** COCO's evaluation of detections. */
public final class CocoEvaluator {
  private CocoEvaluator() {}

  /** Evaluates detections on all images of a dataset. */
  public static CocoEvaluator evaluate(
      CocoDataset truth, List<DetectionRecord> detections, IouType iouType) {
    throw new UnsupportedOperationException();
  }

  /** Evaluates detections on some images of a dataset. */
  public static CocoEvaluator evaluate(
      CocoDataset truth, List<DetectionRecord> detections, IouType iouType, long[] imageIds) {
    throw new UnsupportedOperationException();
  }

  /** The twelve numbers. */
  public CocoSummary summary() {
    throw new UnsupportedOperationException();
  }

  /** The lines that pycocotools prints. */
  public List<String> summaryLines() {
    return summary().lines();
  }

  /** AP (IoU 0.50:0.95, all areas, 100 detections) of each category, in category order. */
  public double[] categoryAp() {
    throw new UnsupportedOperationException();
  }

  /** Precision at [IoU 10][recall 101][category][area 4][maxDets 3], flat; -1 if absent. */
  public double[] precision() {
    throw new UnsupportedOperationException();
  }
}

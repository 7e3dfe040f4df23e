package dev.maskrcnn.benchmarks;

import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.DetectionFile;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.eval.CocoEvaluator;
import dev.maskrcnn.detection.eval.IouType;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Times COCO's evaluation on files, for comparison with {@code peers/cocoeval.py}; reading the
 * files is not part of the time. Prints a line per run:
 *
 * <pre>{@code
 * maskrcnn cocoeval <bbox|segm> <seconds> AP=<average precision>
 * }</pre>
 */
public final class CocoEvalTimer {
  private static final int WARMUP = 3;

  private CocoEvalTimer() {}

  /** Arguments: annotations, results, {@code bbox} or {@code segm}, and the number of runs. */
  public static void main(String[] args) {
    if (args.length != 4 || !args[2].matches("bbox|segm") || !args[3].matches("[1-9][0-9]{0,5}")) {
      System.err.println("usage: CocoEvalTimer annotations.json results.json bbox|segm runs");
      System.exit(2);
      return;
    }
    Path annotations = Path.of(args[0]);
    CocoDataset truth = CocoDataset.load(annotations, annotations.toAbsolutePath().getParent());
    List<DetectionRecord> detections = DetectionFile.read(Path.of(args[1]));
    IouType type = IouType.valueOf(args[2].toUpperCase(Locale.ROOT));
    int runs = Integer.parseInt(args[3]);
    for (int i = -WARMUP; i < runs; i++) {
      long start = System.nanoTime();
      double ap = CocoEvaluator.evaluate(truth, detections, type).summary().ap();
      double seconds = (System.nanoTime() - start) / 1e9;
      if (i >= 0) {
        System.out.printf(
            Locale.ROOT, "maskrcnn cocoeval %s %.4f AP=%.6f%n", type.label(), seconds, ap);
      }
    }
  }
}

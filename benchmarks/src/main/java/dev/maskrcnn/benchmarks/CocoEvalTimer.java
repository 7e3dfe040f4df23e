package dev.maskrcnn.benchmarks;

import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.DetectionFile;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.metrics.CocoEvaluator;
import dev.maskrcnn.detection.metrics.IouType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Times COCO's evaluation on files, for comparison with {@code peers/cocoeval.py}; reading the
 * files is not part of the time. Prints a line per run:
 *
 * <pre>{@code
 * maskrcnn cocoeval <bbox|segm> <seconds> <the twelve numbers, AP first>
 * }</pre>
 *
 * The first run, before the compiler of the JVM has seen the code, is printed as {@code cold}; so
 * much longer takes the evaluation at the end of a short run.
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
      double[] values = CocoEvaluator.evaluate(truth, detections, type).summary().values();
      double seconds = (System.nanoTime() - start) / 1e9;
      if (i >= 0 || i == -WARMUP) {
        System.out.printf(
            Locale.ROOT,
            "%s cocoeval %s %.4f %s%n",
            i >= 0 ? "maskrcnn" : "cold",
            type.label(),
            seconds,
            text(values));
      }
    }
  }

  private static String text(double[] values) {
    return Arrays.stream(values)
        .mapToObj(value -> String.format(Locale.ROOT, "%.6f", value))
        .collect(Collectors.joining(","));
  }
}

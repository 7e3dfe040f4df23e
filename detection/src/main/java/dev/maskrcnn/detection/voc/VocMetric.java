package dev.maskrcnn.detection.voc;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Pascal VOC's mean average precision of boxes at one overlap, number by number that of
 * maskrcnn-benchmark's {@code eval_detection_voc}.
 *
 * <p>That includes, unless told not to, where it differs from the challenge's own program: boxes
 * whose corners are inside are made one pixel larger twice.
 */
public final class VocMetric {
  private static final int POINTS = 11;

  private VocMetric() {}

  /**
   * How to measure.
   *
   * @param overlap least intersection over union of a hit, 0.5 in the challenge
   * @param elevenPoints the mean of the best precisions at recalls 0, 0.1 to 1 (2007) instead of
   *     the area below the curve (from 2010 on)
   * @param asReference with the deviation of maskrcnn-benchmark
   */
  public record Rule(double overlap, boolean elevenPoints, boolean asReference) {}

  /**
   * What was found in an image, and what is there. Boxes are {@code xyxy} pixels from 0, both
   * corners inside.
   *
   * @param boxes {@code [n, 4]} flat
   * @param labels {@code [n]}, from 1
   * @param scores {@code [n]}
   * @param truth {@code [m, 4]} flat
   * @param truthLabels {@code [m]}
   * @param difficult {@code [m]}: neither to be found nor an error if found
   */
  public record Image(
      float[] boxes,
      int[] labels,
      double[] scores,
      float[] truth,
      int[] truthLabels,
      boolean[] difficult) {}

  /**
   * The measure.
   *
   * @param map mean over the classes that have a value
   * @param ap of each class, by label - 1; NaN if it has no object
   */
  public record Result(double map, double[] ap) {

    /**
     * The text of the original's {@code result.txt}.
     *
     * @param names of the classes, by label - 1
     */
    public String text(List<String> names) {
      StringBuilder out = new StringBuilder("mAP: " + number(map) + "\n");
      for (int i = 0; i < ap.length; i++) {
        out.append(String.format(Locale.ROOT, "%-16s: %s%n", names.get(i), number(ap[i])));
      }
      return out.toString().replace("\r", "");
    }

    private static String number(double value) {
      return Double.isNaN(value)
          ? "nan"
          : new java.math.BigDecimal(value)
              .setScale(4, java.math.RoundingMode.HALF_EVEN)
              .toPlainString();
    }
  }

  /**
   * Measures.
   *
   * @param images all images
   * @param classes number of classes without the background
   */
  public static Result evaluate(List<Image> images, int classes, Rule rule) {
    double[] ap = new double[classes];
    double sum = 0;
    int count = 0;
    for (int label = 1; label <= classes; label++) {
      ap[label - 1] = new Curve(images, label, rule).averagePrecision();
      if (!Double.isNaN(ap[label - 1])) {
        sum += ap[label - 1];
        count++;
      }
    }
    return new Result(count == 0 ? Double.NaN : sum / count, ap);
  }

  /**
   * The images in which something was found: the original's evaluation of a data set leaves out the
   * others with the objects in them.
   */
  public static List<Image> withDetections(List<Image> images) {
    return images.stream().filter(image -> image.labels.length > 0).toList();
  }

  /** The detections of one class in all images. */
  private static final class Curve {
    private final int label;
    private final Rule rule;
    private final List<Double> scores = new ArrayList<>();

    /** Of each detection: 1 a hit, 0 a miss, -1 a difficult object. */
    private final List<Integer> matches = new ArrayList<>();

    private int positives;

    Curve(List<Image> images, int label, Rule rule) {
      this.label = label;
      this.rule = rule;
      for (Image image : images) {
        add(image);
      }
    }

    private void add(Image image) {
      int[] truth = indices(image.truthLabels);
      for (int t : truth) {
        positives += image.difficult[t] ? 0 : 1;
      }
      boolean[] taken = new boolean[truth.length];
      int[] found = indices(image.labels);
      double[] scoreOf = new double[found.length];
      for (int i = 0; i < found.length; i++) {
        scoreOf[i] = image.scores[found[i]];
      }
      for (int i : lastOfEqualsFirst(scoreOf)) {
        scores.add(scoreOf[i]);
        int best = bestTruth(image, found[i], truth);
        if (best < 0) {
          matches.add(0);
        } else {
          matches.add(image.difficult[truth[best]] ? -1 : taken[best] ? 0 : 1);
          taken[best] = true;
        }
      }
    }

    private int[] indices(int[] labels) {
      return java.util.stream.IntStream.range(0, labels.length)
          .filter(i -> labels[i] == label)
          .toArray();
    }

    /** Position in {@code truth} of the object that a detection overlaps most, or -1. */
    private int bestTruth(Image image, int detection, int[] truth) {
      int best = -1;
      float most = -1;
      for (int t = 0; t < truth.length; t++) {
        float iou = overlap(image.boxes, 4 * detection, image.truth, 4 * truth[t]);
        if (iou > most) {
          most = iou;
          best = t;
        }
      }
      return most < (float) rule.overlap ? -1 : best;
    }

    /** In float32, as the reference computes it. */
    private float overlap(float[] a, int i, float[] b, int j) {
      float twice = rule.asReference ? 1 : 0;
      float right = Math.min(a[i + 2] + twice, b[j + 2] + twice);
      float bottom = Math.min(a[i + 3] + twice, b[j + 3] + twice);
      float w = Math.max(right - Math.max(a[i], b[j]) + 1, 0);
      float h = Math.max(bottom - Math.max(a[i + 1], b[j + 1]) + 1, 0);
      float both = w * h;
      return both / (area(a, i, twice) + area(b, j, twice) - both);
    }

    private static float area(float[] box, int i, float twice) {
      return (box[i + 2] + twice - box[i] + 1) * (box[i + 3] + twice - box[i + 1] + 1);
    }

    double averagePrecision() {
      if (positives == 0) {
        return Double.NaN;
      }
      double[] all = scores.stream().mapToDouble(Double::doubleValue).toArray();
      int[] order = lastOfEqualsFirst(all);
      double[] precision = new double[order.length];
      double[] recall = new double[order.length];
      int hits = 0;
      int misses = 0;
      for (int i = 0; i < order.length; i++) {
        int match = matches.get(order[i]);
        hits += match == 1 ? 1 : 0;
        misses += match == 0 ? 1 : 0;
        precision[i] = hits + misses == 0 ? 0 : (double) hits / (hits + misses);
        recall[i] = (double) hits / positives;
      }
      return rule.elevenPoints ? elevenPoints(precision, recall) : area(precision, recall);
    }

    private static double elevenPoints(double[] precision, double[] recall) {
      double sum = 0;
      for (int point = 0; point < POINTS; point++) {
        double best = 0;
        for (int i = 0; i < recall.length; i++) {
          best = recall[i] >= point * 0.1 ? Math.max(best, precision[i]) : best;
        }
        sum += best / POINTS;
      }
      return sum;
    }

    private static double area(double[] precision, double[] recall) {
      double sum = 0;
      double best = 0;
      for (int i = recall.length - 1; i >= 0; i--) {
        best = Math.max(best, precision[i]);
        sum += (recall[i] - (i == 0 ? 0 : recall[i - 1])) * best;
      }
      return sum;
    }

    /** Descending; of equal scores the last comes first, as a reversed ascending sort has it. */
    private static int[] lastOfEqualsFirst(double[] scores) {
      return java.util.stream.IntStream.range(0, scores.length)
          .boxed()
          .sorted((a, b) -> scores[a] == scores[b] ? b - a : Double.compare(scores[b], scores[a]))
          .mapToInt(Integer::intValue)
          .toArray();
    }
  }
}

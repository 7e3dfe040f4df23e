package dev.maskrcnn.detection.metrics;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.DetectionRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Average recall of box proposals, as maskrcnn-benchmark's {@code evaluate_box_proposals} (after
 * Hosang et al. 2015): of the best proposals of each image, how many objects are covered, meaned
 * over the IoU thresholds 0.5, 0.55, … 0.95. Objects and proposals are matched greedily, best
 * overlap first, one to one; box corners are inclusive pixels. Crowds do not count.
 *
 * @param limit proposals per image that may be used
 * @param area which objects count
 * @param recalls at each threshold; NaN without objects
 * @param objects number of objects
 */
public record ProposalRecall(int limit, Area area, double[] recalls, int objects) {
  /** Limits of the original. */
  public static final int[] LIMITS = {100, 1000};

  private static final int THRESHOLDS = 10;

  /** Sizes of objects by the area of their annotation, in square pixels. */
  public enum Area {
    ALL("", 0, 1e10),
    SMALL("s", 0, 32 * 32),
    MEDIUM("m", 32 * 32, 96 * 96),
    LARGE("l", 96 * 96, 1e10);

    private final String letter;
    private final double least;
    private final double most;

    Area(String letter, double least, double most) {
      this.letter = letter;
      this.least = least;
      this.most = most;
    }

    private boolean holds(double area) {
      return area >= least && area <= most;
    }
  }

  /**
   * Proposals of an image in original pixels.
   *
   * @param xyxy corners, inclusive, 4 numbers for each
   * @param scores one for each
   */
  public record Proposals(float[] xyxy, float[] scores) {
    /** Of records with boxes {@code x, y, w, h} where {@code w = x2 − x1 + 1}. */
    public static Proposals of(List<DetectionRecord> records) {
      float[] boxes = new float[4 * records.size()];
      float[] scores = new float[records.size()];
      for (int i = 0; i < scores.length; i++) {
        double[] b = records.get(i).bbox();
        boxes[4 * i] = (float) b[0];
        boxes[4 * i + 1] = (float) b[1];
        boxes[4 * i + 2] = (float) (b[0] + b[2] - 1);
        boxes[4 * i + 3] = (float) (b[1] + b[3] - 1);
        scores[i] = (float) records.get(i).score();
      }
      return new Proposals(boxes, scores);
    }
  }

  /** Name as the original's: {@code AR@100}, {@code ARs@1000}. */
  public String name() {
    return "AR" + area.letter + "@" + limit;
  }

  /** Mean over the thresholds; NaN without objects. */
  public double ar() {
    return Arrays.stream(recalls).average().orElse(Double.NaN);
  }

  /** A line for the log. */
  public String line() {
    return objects == 0
        ? String.format(Locale.ROOT, "%-9s no objects", name())
        : String.format(Locale.ROOT, "%-9s %.4f  (%d objects)", name(), ar(), objects);
  }

  /**
   * Evaluates.
   *
   * @param found proposals of each image, in the order of the images of the data set
   * @param limits numbers of proposals
   * @return for each limit, one for each area
   */
  public static List<ProposalRecall> evaluate(
      CocoDataset dataset, List<Proposals> found, int[] limits) {
    List<ProposalRecall> all = new ArrayList<>();
    for (int limit : limits) {
      for (Area area : Area.values()) {
        all.add(evaluate(dataset, found, limit, area));
      }
    }
    return all;
  }

  private static ProposalRecall evaluate(
      CocoDataset dataset, List<Proposals> found, int limit, Area area) {
    long[] covered = new long[THRESHOLDS];
    int objects = 0;
    for (int i = 0; i < found.size(); i++) {
      List<float[]> truth = truth(dataset.annotationsOf(dataset.imageIds()[i]), area);
      objects += truth.size();
      for (double overlap : overlaps(best(found.get(i), limit), truth)) {
        for (int t = 0; t < THRESHOLDS; t++) {
          covered[t] += overlap >= threshold(t) ? 1 : 0;
        }
      }
    }
    double[] recalls = new double[THRESHOLDS];
    for (int t = 0; t < THRESHOLDS; t++) {
      recalls[t] = objects == 0 ? Double.NaN : (double) covered[t] / objects;
    }
    return new ProposalRecall(limit, area, recalls, objects);
  }

  /** In single precision, as torch.arange gives them. */
  private static float threshold(int index) {
    return (float) (0.5 + 0.05 * index);
  }

  private static List<float[]> truth(List<CocoAnnotation> annotations, Area area) {
    List<float[]> boxes = new ArrayList<>();
    for (CocoAnnotation a : annotations) {
      if (!a.crowd() && area.holds(a.area())) {
        double[] b = a.bbox();
        float x = (float) b[0];
        float y = (float) b[1];
        float w = Math.max((float) b[2] - 1, 0);
        float h = Math.max((float) b[3] - 1, 0);
        boxes.add(new float[] {x, y, x + w, y + h});
      }
    }
    return boxes;
  }

  private static List<float[]> best(Proposals p, int limit) {
    Integer[] order = new Integer[p.scores.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Float.compare(p.scores[b], p.scores[a]));
    return Arrays.stream(order)
        .limit(limit)
        .map(i -> Arrays.copyOfRange(p.xyxy, 4 * i, 4 * i + 4))
        .toList();
  }

  /** Overlaps of the pairs that are made, best first. */
  private static double[] overlaps(List<float[]> proposals, List<float[]> truth) {
    float[][] iou = new float[truth.size()][proposals.size()];
    for (int g = 0; g < truth.size(); g++) {
      for (int p = 0; p < proposals.size(); p++) {
        iou[g][p] = iou(proposals.get(p), truth.get(g));
      }
    }
    int pairs = Math.min(truth.size(), proposals.size());
    double[] out = new double[pairs];
    for (int k = 0; k < pairs; k++) {
      int bestTruth = -1;
      int bestProposal = -1;
      float most = -2;
      for (int g = 0; g < truth.size(); g++) {
        for (int p = 0; p < proposals.size(); p++) {
          if (iou[g][p] > most) {
            most = iou[g][p];
            bestTruth = g;
            bestProposal = p;
          }
        }
      }
      out[k] = most;
      Arrays.fill(iou[bestTruth], -1);
      for (float[] row : iou) {
        row[bestProposal] = -1;
      }
    }
    return out;
  }

  private static float iou(float[] a, float[] b) {
    float w = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]) + 1);
    float h = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]) + 1);
    float inter = w * h;
    float areaA = (a[2] - a[0] + 1) * (a[3] - a[1] + 1);
    float areaB = (b[2] - b[0] + 1) * (b[3] - b[1] + 1);
    return inter / (areaA + areaB - inter);
  }
}

package dev.maskrcnn.detection.metrics;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoFormatException;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.Rle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * COCO's evaluation of detections, number by number that of pycocotools' {@code COCOeval}.
 *
 * <p>Two deviations, both where pycocotools errs: an object with annotation id 0 can be found like
 * any other, and masks of a size other than their image's are refused instead of counted as missed.
 *
 * <p>Work is shared out over images and categories on the common pool of threads.
 */
public final class CocoEvaluator {
  private final IouType iouType;
  private final PrecisionTable table;
  private final int unknownCategories;

  private CocoEvaluator(IouType iouType, PrecisionTable table, int unknownCategories) {
    this.iouType = iouType;
    this.table = table;
    this.unknownCategories = unknownCategories;
  }

  /** Evaluates detections on all images of a dataset. */
  public static CocoEvaluator evaluate(
      CocoDataset truth, List<DetectionRecord> detections, IouType iouType) {
    return evaluate(truth, detections, iouType, truth.imageIds());
  }

  /**
   * Evaluates detections on some images of a dataset; those of its other images do not count.
   *
   * @throws CocoFormatException if a detection is of an image that the dataset does not have, or if
   *     masks are asked for and one is missing or not of its image's size
   */
  public static CocoEvaluator evaluate(
      CocoDataset truth, List<DetectionRecord> detections, IouType iouType, long[] imageIds) {
    return new Matching(truth, detections, iouType, imageIds, false).run();
  }

  /** Evaluates detections as if all categories were one. */
  public static CocoEvaluator evaluateClassAgnostic(
      CocoDataset truth, List<DetectionRecord> detections, IouType iouType, long[] imageIds) {
    return new Matching(truth, detections, iouType, imageIds, true).run();
  }

  /** What was measured. */
  public IouType iouType() {
    return iouType;
  }

  /** The twelve numbers. */
  public CocoSummary summary() {
    int all = PrecisionTable.ALL;
    return new CocoSummary(
        iouType,
        new double[] {
          table.averagePrecision(all, all, 0),
          table.averagePrecision(0, all, 0),
          table.averagePrecision(5, all, 0),
          table.averagePrecision(all, all, 1),
          table.averagePrecision(all, all, 2),
          table.averagePrecision(all, all, 3),
          table.averageRecall(all, 0, 0),
          table.averageRecall(all, 0, 1),
          table.averageRecall(all, 0, 2),
          table.averageRecall(all, 1, 2),
          table.averageRecall(all, 2, 2),
          table.averageRecall(all, 3, 2)
        });
  }

  /** The lines that pycocotools prints, without line ends. */
  public List<String> summaryLines() {
    return summary().lines();
  }

  /** Precision and recall at every point, for curves and further means. */
  public PrecisionTable table() {
    return table;
  }

  /** Ids of the categories by ascending id, as {@link #categoryAp()} lists them. */
  public int[] categoryIds() {
    return table.categoryIds();
  }

  /**
   * AP (IoU 0.50:0.95, all areas, 100 detections) of each category, by ascending category id; -1
   * for those without objects.
   */
  public double[] categoryAp() {
    return IntStream.range(0, table.categoryIds().length)
        .mapToDouble(k -> table.averagePrecision(PrecisionTable.ALL, k, 0))
        .toArray();
  }

  /** Precision at [IoU 10][recall 101][category][area 4][maxDets 3], flat; -1 if absent. */
  public double[] precision() {
    return table.precision();
  }

  /** How many detections were left out because the dataset does not have their category. */
  public int detectionsOfUnknownCategories() {
    return unknownCategories;
  }

  /** Sorts detections and objects into cells of one image and category, and matches each cell. */
  private static final class Matching {
    private final CocoDataset truth;
    private final IouType iouType;
    private final long[] imageIds;
    private final int[] categoryIds;
    private final boolean agnostic;
    private final DetectionRecord[] detections;
    private final CocoAnnotation[] objects;

    /** {@code cell * count + position}, ascending: sorted by cell, then by order of the file. */
    private final long[] detectionKeys;

    private final long[] objectKeys;
    private int unknownCategories;

    Matching(
        CocoDataset truth,
        List<DetectionRecord> detections,
        IouType iouType,
        long[] imageIds,
        boolean agnostic) {
      this.truth = truth;
      this.iouType = iouType;
      this.imageIds = Arrays.stream(imageIds).sorted().distinct().toArray();
      this.categoryIds = truth.categories().stream().mapToInt(CocoCategory::id).sorted().toArray();
      this.agnostic = agnostic;
      this.detections = detections.toArray(DetectionRecord[]::new);
      this.objects =
          Arrays.stream(this.imageIds)
              .mapToObj(truth::annotationsOf)
              .flatMap(List::stream)
              .toArray(CocoAnnotation[]::new);
      this.detectionKeys = new long[this.detections.length];
      this.objectKeys = new long[objects.length];
    }

    CocoEvaluator run() {
      long[] detectionCells = sortDetections();
      long[] objectCells = sortObjects();
      long[] cells =
          Arrays.stream(new long[][] {detectionCells, objectCells})
              .flatMapToLong(Arrays::stream)
              .sorted()
              .distinct()
              .toArray();
      int[] firstDetection = starts(detectionCells, cells);
      int[] firstObject = starts(objectCells, cells);
      CellMatch[] matches = new CellMatch[cells.length];
      IntStream.range(0, cells.length)
          .parallel()
          .forEach(
              i -> {
                int[] dt = positions(detectionKeys, firstDetection, i, detections.length);
                int[] gt = positions(objectKeys, firstObject, i, objects.length);
                matches[i] = match(cells[i], dt, gt);
              });
      int[] ids = agnostic ? new int[1] : categoryIds;
      List<List<CellMatch>> byCategory = new ArrayList<>();
      for (int k = 0; k < ids.length; k++) {
        byCategory.add(new ArrayList<>());
      }
      for (CellMatch match : matches) {
        byCategory.get(match.category()).add(match);
      }
      return new CocoEvaluator(iouType, PrecisionTable.of(ids, byCategory), unknownCategories);
    }

    /** Fills and sorts the keys; returns the cell of each. */
    private long[] sortDetections() {
      int n = 0;
      for (int i = 0; i < detections.length; i++) {
        DetectionRecord d = detections[i];
        int image = Arrays.binarySearch(imageIds, d.imageId());
        if (image < 0) {
          // Of another image of the dataset: not asked for. Of none: throws.
          truth.image(d.imageId());
          continue;
        }
        int category = Arrays.binarySearch(categoryIds, d.categoryId());
        if (category < 0) {
          unknownCategories++;
          continue;
        }
        if (iouType == IouType.SEGM) {
          requireMask(d, truth.image(d.imageId()));
        }
        detectionKeys[n++] = key(image, category, detections.length, i);
      }
      Arrays.fill(detectionKeys, n, detectionKeys.length, Long.MAX_VALUE);
      Arrays.parallelSort(detectionKeys);
      return cells(detectionKeys, n, detections.length);
    }

    private long[] sortObjects() {
      for (int i = 0; i < objects.length; i++) {
        int image = Arrays.binarySearch(imageIds, objects[i].imageId());
        int category = Arrays.binarySearch(categoryIds, objects[i].categoryId());
        objectKeys[i] = key(image, category, objects.length, i);
      }
      Arrays.parallelSort(objectKeys);
      return cells(objectKeys, objectKeys.length, objects.length);
    }

    private long key(int image, int category, int count, int position) {
      long cell = (long) image * categoryIds.length + category;
      return Math.addExact(Math.multiplyExact(cell, (long) count), position);
    }

    private long[] cells(long[] keys, int n, int count) {
      int perCell = agnostic ? categoryIds.length : 1;
      return Arrays.stream(keys, 0, n).map(key -> key / count / perCell).toArray();
    }

    /** For each of the distinct cells, the first position of it; one more for the end. */
    private static int[] starts(long[] sorted, long[] cells) {
      int[] out = new int[cells.length + 1];
      int at = 0;
      for (int i = 0; i < cells.length; i++) {
        out[i] = at;
        while (at < sorted.length && sorted[at] == cells[i]) {
          at++;
        }
      }
      out[cells.length] = at;
      return out;
    }

    private static int[] positions(long[] keys, int[] starts, int cell, int count) {
      int[] out = new int[starts[cell + 1] - starts[cell]];
      for (int i = 0; i < out.length; i++) {
        out[i] = (int) (keys[starts[cell] + i] % count);
      }
      return out;
    }

    private static void requireMask(DetectionRecord d, CocoImage image) {
      if (d.mask().isEmpty()) {
        throw new CocoFormatException(
            "evaluation: a detection of image %s has no mask; evaluate boxes, or results with masks"
                .formatted(d.imageId()));
      }
      Rle mask = d.mask().get();
      if (mask.height() != image.height() || mask.width() != image.width()) {
        throw new CocoFormatException(
            "evaluation: a mask of image %s is of %sx%s, expected %sx%s (height x width)"
                .formatted(image.id(), mask.height(), mask.width(), image.height(), image.width()));
      }
    }

    private CellMatch match(long cell, int[] dtPositions, int[] gtPositions) {
      double[] scores = new double[dtPositions.length];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = detections[dtPositions[i]].score();
      }
      int[] order = StableOrder.descending(scores);
      int kept = Math.min(order.length, EvalGrid.MAX_DETECTIONS);
      DetectionRecord[] dt = new DetectionRecord[kept];
      double[] sortedScores = new double[kept];
      for (int i = 0; i < kept; i++) {
        dt[i] = detections[dtPositions[order[i]]];
        sortedScores[i] = dt[i].score();
      }
      CocoAnnotation[] gt = new CocoAnnotation[gtPositions.length];
      boolean[] crowd = new boolean[gt.length];
      double[] areas = new double[gt.length];
      for (int g = 0; g < gt.length; g++) {
        gt[g] = objects[gtPositions[g]];
        crowd[g] = gt[g].crowd();
        areas[g] = gt[g].area();
      }
      int category = agnostic ? 0 : (int) (cell % categoryIds.length);
      return CellMatch.of(
          category, new CellMatch.Input(sortedScores, areas(dt), areas, crowd, iou(dt, gt, crowd)));
    }

    private double[] areas(DetectionRecord[] dt) {
      return Arrays.stream(dt)
          .mapToDouble(
              d ->
                  iouType == IouType.BBOX
                      ? d.bbox()[2] * d.bbox()[3]
                      : d.mask().orElseThrow().area())
          .toArray();
    }

    private double[][] iou(DetectionRecord[] dt, CocoAnnotation[] gt, boolean[] crowd) {
      if (iouType == IouType.BBOX) {
        return BoxOverlap.iou(
            Arrays.stream(dt).map(DetectionRecord::bbox).toArray(double[][]::new),
            Arrays.stream(gt).map(CocoAnnotation::bbox).toArray(double[][]::new),
            crowd);
      }
      if (dt.length == 0 || gt.length == 0) {
        // No overlap to measure: do not draw the objects' outlines.
        return new double[dt.length][gt.length];
      }
      return Rle.iou(
          Arrays.stream(dt).map(d -> d.mask().orElseThrow()).toList(),
          Arrays.stream(gt).map(a -> a.mask(truth.image(a.imageId()))).toList(),
          crowd);
    }
  }
}

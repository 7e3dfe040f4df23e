package dev.maskrcnn.detection.coco;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Counts and histograms of a dataset.
 *
 * @param images number of images
 * @param imagesWithoutObjects images that no annotation names
 * @param annotations number of annotations, groups included
 * @param crowds annotations of groups
 * @param zeroSizeBoxes annotations whose box has no width or height
 * @param categories counts of each category, in the order of the file
 * @param histograms image sides and aspects, box sizes and aspects, objects per image
 */
public record DatasetStatistics(
    int images,
    int imagesWithoutObjects,
    int annotations,
    int crowds,
    int zeroSizeBoxes,
    List<CategoryCount> categories,
    List<Histogram> histograms) {

  /** COCO calls objects of less than 32 x 32 pixels small, from 96 x 96 on large. */
  private static final double MEDIUM_FROM = 32 * 32;

  private static final double LARGE_FROM = 96 * 96;

  private static final double[] SIDE_EDGES = {0, 128, 256, 384, 512, 640, 800, 1024, 1333, 2048};
  private static final double[] BOX_EDGES = {0, 8, 16, 32, 64, 96, 128, 256, 512};
  private static final double[] ASPECT_EDGES = {0, 0.25, 0.5, 0.75, 0.95, 1.05, 1.33, 2, 4};
  private static final double[] COUNT_EDGES = {0, 1, 2, 3, 5, 10, 20, 50, 100};

  public DatasetStatistics {
    categories = List.copyOf(categories);
    histograms = List.copyOf(histograms);
  }

  /**
   * Counts of one category. The three sizes go by the annotation's area, as in the evaluation.
   *
   * @param category the category
   * @param images images that show at least one object of it
   * @param small objects below 32 x 32 pixels, groups included
   * @param medium objects from 32 x 32 to below 96 x 96 pixels
   * @param large objects from 96 x 96 pixels on
   */
  public record CategoryCount(CocoCategory category, int images, int small, int medium, int large) {
    /** All objects. */
    public int objects() {
      return small + medium + large;
    }
  }

  /**
   * A histogram.
   *
   * @param title what is counted, with its unit
   * @param edges lower edges of the bins, ascending; the last bin is open; not copied
   * @param counts how many values lie in each bin; not copied
   */
  public record Histogram(String title, double[] edges, long[] counts) {
    private static Histogram empty(String title, double[] edges) {
      return new Histogram(title, edges.clone(), new long[edges.length]);
    }

    private void add(double value) {
      int at = Arrays.binarySearch(edges, value);
      counts[Math.max(0, at >= 0 ? at : -at - 2)]++;
    }

    /** Text of a bin: {@code 32-64}, or {@code 512-} for the last. */
    public String binLabel(int bin) {
      String from = JsonFields.plain(edges[bin]);
      return bin + 1 == edges.length ? from + "-" : from + "-" + JsonFields.plain(edges[bin + 1]);
    }
  }

  /** Counts a dataset. */
  public static DatasetStatistics of(CocoDataset dataset) {
    return new Counter(dataset).count();
  }

  /** Adds everything up. */
  private static final class Counter {
    private final CocoDataset dataset;
    private final Histogram widths = Histogram.empty("image width (px)", SIDE_EDGES);
    private final Histogram heights = Histogram.empty("image height (px)", SIDE_EDGES);
    private final Histogram imageAspects = Histogram.empty("image width/height", ASPECT_EDGES);
    private final Histogram objects = Histogram.empty("objects per image", COUNT_EDGES);
    private final Histogram boxSides = Histogram.empty("box sqrt(width*height) (px)", BOX_EDGES);
    private final Histogram boxAspects = Histogram.empty("box width/height", ASPECT_EDGES);
    private final int[][] sizes;
    private final int[] imagesOf;
    private final int[] lastImage;
    private int withoutObjects;
    private int crowds;
    private int zeroSize;

    Counter(CocoDataset dataset) {
      this.dataset = dataset;
      int n = dataset.categories().size();
      this.sizes = new int[n][3];
      this.imagesOf = new int[n];
      this.lastImage = new int[n];
    }

    DatasetStatistics count() {
      List<CocoImage> images = dataset.images();
      for (int i = 0; i < images.size(); i++) {
        CocoImage image = images.get(i);
        widths.add(image.width());
        heights.add(image.height());
        imageAspects.add((double) image.width() / image.height());
        List<CocoAnnotation> shown = dataset.annotationsOf(image.id());
        objects.add(shown.size());
        withoutObjects += shown.isEmpty() ? 1 : 0;
        for (CocoAnnotation object : shown) {
          count(object, i + 1);
        }
      }
      return new DatasetStatistics(
          images.size(),
          withoutObjects,
          dataset.annotationCount(),
          crowds,
          zeroSize,
          categories(),
          List.of(widths, heights, imageAspects, objects, boxSides, boxAspects));
    }

    private void count(CocoAnnotation object, int imageNumber) {
      int category = dataset.labelOf(object.categoryId()) - 1;
      double area = object.area();
      sizes[category][area < MEDIUM_FROM ? 0 : area < LARGE_FROM ? 1 : 2]++;
      if (lastImage[category] != imageNumber) {
        lastImage[category] = imageNumber;
        imagesOf[category]++;
      }
      crowds += object.crowd() ? 1 : 0;
      if (object.zeroSize()) {
        zeroSize++;
        return;
      }
      boxSides.add(Math.sqrt(object.bbox()[2] * object.bbox()[3]));
      boxAspects.add(object.bbox()[2] / object.bbox()[3]);
    }

    private List<CategoryCount> categories() {
      CategoryCount[] out = new CategoryCount[sizes.length];
      for (int i = 0; i < out.length; i++) {
        int[] s = sizes[i];
        out[i] = new CategoryCount(dataset.categories().get(i), imagesOf[i], s[0], s[1], s[2]);
      }
      return List.of(out);
    }
  }

  /** The counts as a table for people, lines ended by a line feed. */
  public String table() {
    StringBuilder out = new StringBuilder();
    line(out, "images               %8d  (%d without objects)", images, imagesWithoutObjects);
    line(
        out,
        "annotations          %8d  (%d groups, %d with zero-size boxes)",
        annotations,
        crowds,
        zeroSizeBoxes);
    line(out, "categories           %8d", categories.size());
    line(out, "");
    int width = Math.max(8, longestName());
    String row = "%-" + width + "s %9s %8s %8s %8s %8s";
    line(out, row, "category", "objects", "images", "small", "medium", "large");
    for (CategoryCount c : categories) {
      line(
          out, row, c.category().name(), c.objects(), c.images(), c.small(), c.medium(), c.large());
    }
    for (Histogram h : histograms) {
      line(out, "");
      line(out, "%s", h.title());
      for (int bin = 0; bin < h.counts().length; bin++) {
        line(out, "  %-10s %9d", h.binLabel(bin), h.counts()[bin]);
      }
    }
    return out.toString();
  }

  private int longestName() {
    return categories.stream().mapToInt(c -> c.category().name().length()).max().orElse(0);
  }

  private static void line(StringBuilder out, String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}

package dev.maskrcnn.detection.draw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.log.MetricsFile;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChartsTest {
  private static final double NAN = Double.NaN;

  @TempDir Path folder;

  @Test
  void lossesShowEveryCurve() {
    List<Curve> curves = new ArrayList<>();
    for (int c = 0; c < 6; c++) {
      double[] x = new double[300];
      double[] y = new double[300];
      for (int i = 0; i < x.length; i++) {
        x[i] = 20 * (i + 1);
        y[i] = (6 - c) * Math.exp(-i / 150.0) + 0.1 * Math.sin(i) * Math.sin(i);
      }
      curves.add(new Curve("loss_" + c, x, y));
    }
    BufferedImage image = Charts.losses(curves).image();
    assertEquals(1200, image.getWidth());
    assertEquals(800, image.getHeight());
    for (int c = 0; c < 6; c++) {
      assertTrue(pixels(image, ChartStyle.color(c)) > 300, "curve " + c);
    }
  }

  @Test
  void everyChartTakesOnePointNaNsAndNothing() {
    Curve nothing = new Curve("nothing", new double[0], new double[0]);
    Curve nans = new Curve("nan", new double[] {1, 2, NAN}, new double[] {NAN, NAN, 1});
    Curve infinite = new Curve("inf", new double[] {1}, new double[] {Double.POSITIVE_INFINITY});
    Curve one = new Curve("one", new double[] {20}, new double[] {0.7});
    Curve zero = new Curve("zero", new double[] {20, 40}, new double[] {0, 0});
    Curve wide = new Curve("wide", new double[] {1, 2, 3}, new double[] {1e-6, NAN, 1e4});
    Curve negative = new Curve("negative", new double[] {1, 2}, new double[] {-3, 5000});
    for (Curve curve : List.of(nothing, nans, infinite, one, zero, wide, negative)) {
      checkDrawn(Charts.losses(List.of(curve)));
      checkDrawn(Charts.averagePrecision(List.of(curve)));
      checkDrawn(Charts.learningRate(curve));
      checkDrawn(Charts.precisionRecall("title", List.of(curve, one.smoothed(3))));
    }
    checkDrawn(Charts.losses(List.of()));
    for (double[] values : new double[][] {{}, {NAN}, {5}, {0, 0}, {-1, 1e9}}) {
      checkDrawn(Charts.histogram("t", "x", Histogram.linear(values, 10)));
      checkDrawn(Charts.histogram("t", "x", Histogram.logarithmic(values, 10)));
    }
    checkDrawn(Charts.histogram("t", "x", Histogram.whole(new int[] {})));
    checkDrawn(Charts.histogram("t", "x", Histogram.whole(new int[] {0, 500})));
    checkDrawn(Charts.counts("t", "x", Map.of()));
    checkDrawn(Charts.counts("t", "x", Map.of("none", 0L)));
    Map<String, Long> many = new LinkedHashMap<>();
    for (int i = 0; i < 80; i++) {
      many.put("category " + i, (long) i * i * i);
    }
    checkDrawn(Charts.counts("t", "x", many));
  }

  @Test
  void barsThatDifferMuchHaveALogarithmicAxis() {
    Map<String, Long> counts = new LinkedHashMap<>(Map.of("common", 101L));
    counts.put("rare", 1L);
    counts.put("never", 0L);
    BufferedImage image = Charts.counts("t", "x", counts).image();
    // A bar of 1 beside one of 101 would be 6 pixels high on a linear axis.
    int left = pixels(image.getSubimage(100, 0, 350, 800), ChartStyle.color(0));
    int middle = pixels(image.getSubimage(450, 0, 350, 800), ChartStyle.color(0));
    assertTrue(middle > left / 20 && middle < left, middle + " of " + left);
    checkDrawn(Charts.histogram("t", "x", Histogram.whole(ones(100, 2))));
  }

  private static int[] ones(int count, int last) {
    int[] out = new int[count + 1];
    Arrays.fill(out, 1);
    out[count] = last;
    return out;
  }

  @Test
  void namesMayBeEmpty() {
    checkDrawn(Charts.counts("t", "x", Map.of("", 3L)));
    checkDrawn(Charts.counts("t", "x", Map.of(" ", 3L)));
    Curve unnamed = new Curve("", new double[] {1, 2}, new double[] {0.5, 1});
    checkDrawn(Charts.precisionRecall("title", List.of(unnamed, unnamed)));
    checkDrawn(Charts.losses(List.of(unnamed)));
  }

  @Test
  void aSinglePointIsVisible() {
    Curve one = new Curve("one", new double[] {500}, new double[] {0.4});
    BufferedImage image = Charts.averagePrecision(List.of(one)).image();
    assertTrue(pixels(image, ChartStyle.color(0)) > 30);
  }

  @Test
  void smoothingIsUnbiasedAndSkipsGaps() {
    double[] x = {1, 2, 3, 4};
    Curve constant = new Curve("c", x, new double[] {2, 2, NAN, 2}).smoothed(10);
    assertArrayEquals(new double[] {2, 2, NAN, 2}, constant.y(), 1e-12);
    // span 3: weights 1/2, so the second value is (1/4 * 0 + 1/2 * 3) / (3/4) = 2.
    assertArrayEquals(
        new double[] {0, 2, 2, 2},
        new Curve("c", x, new double[] {0, 3, 2, 2}).smoothed(3).y(),
        1e-12);
    assertThrows(
        IllegalArgumentException.class, () -> new Curve("c", new double[2], new double[3]));
  }

  @Test
  void histogramsCountEveryValueOnce() {
    Histogram linear = Histogram.linear(new double[] {0, 0.5, 1, 1.5, 2, 10, NAN}, 5);
    assertArrayEquals(new long[] {4, 1, 0, 0, 1}, linear.counts());
    assertArrayEquals(new double[] {0, 2, 4, 6, 8, 10}, linear.edges());
    assertEquals(1.25, linear.median());
    Histogram log = Histogram.logarithmic(new double[] {1, 5, 20, 1000, -4, 0}, 3);
    assertArrayEquals(new long[] {2, 1, 1}, log.counts());
    assertArrayEquals(new double[] {1, 10, 100, 1000}, log.edges(), 1e-9);
    Histogram whole = Histogram.whole(new int[] {3, 1, 3, 5});
    assertArrayEquals(new long[] {1, 0, 2, 0, 1}, whole.counts());
  }

  @Test
  void runChartsComeFromTheMetricsFile() {
    Path metrics = folder.resolve("metrics.jsonl");
    try (MetricsFile file = MetricsFile.open(metrics, 0)) {
      for (int i = 20; i <= 400; i += 20) {
        file.append(i, Map.of("loss", 40.0 / i, "loss_mask", 10.0 / i, "lr", 0.01));
      }
      file.append(400, Map.of("bbox/AP", 0.4, "segm/AP", 0.35));
    }
    List<Path> files = RunCharts.write(metrics, folder.resolve("charts"));
    assertEquals(3, files.size());
    for (Path file : files) {
      assertTrue(Files.exists(file), file.toString());
    }
    Curve ap = RunCharts.curve(MetricsFile.read(metrics), "bbox/AP", "box AP");
    assertArrayEquals(new double[] {400}, ap.x());
    assertArrayEquals(new double[] {0.4}, ap.y());
  }

  private static void checkDrawn(Picture picture) {
    assertTrue(pixels(picture.image(), Color.WHITE) < 1200 * 800, "something is drawn");
  }

  private static int pixels(BufferedImage image, Color color) {
    int n = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        n += image.getRGB(x, y) == color.getRGB() ? 1 : 0;
      }
    }
    return n;
  }
}

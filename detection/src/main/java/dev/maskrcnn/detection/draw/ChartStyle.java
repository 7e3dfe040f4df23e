package dev.maskrcnn.detection.draw;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The common look of all charts: white, light grid, large type, colours told apart by most eyes.
 */
final class ChartStyle {
  static final int WIDTH = 1200;
  static final int HEIGHT = 800;

  static final Color INK = new Color(0x2B, 0x30, 0x36);
  private static final Color GRID = new Color(0xE3, 0xE6, 0xEA);

  /** Okabe-Ito's colours without yellow, and three more for long legends. */
  private static final int[] COLORS = {
    0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x5B5B5B, 0x8C3BBF, 0x9A6324,
    0x3A7D0A
  };

  /** More points than this need no markers. */
  private static final int MARKED_POINTS = 40;

  /** Evenly spaced data of up to so many points have their ticks on the points. */
  private static final int MOST_OWN_TICKS = 10;

  private ChartStyle() {}

  /** The {@code i}th colour of a chart. */
  static Color color(int i) {
    return new Color(COLORS[i % COLORS.length]);
  }

  /** The colour mixed into white, for what lies behind. */
  static Color faint(Color color) {
    return new Color(
        (color.getRed() + 3 * 255) / 4,
        (color.getGreen() + 3 * 255) / 4,
        (color.getBlue() + 3 * 255) / 4);
  }

  /** An empty line chart. */
  static XYChart lines(String title, String xTitle, String yTitle) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle(yTitle)
            .build();
    style(chart.getStyler());
    return chart;
  }

  /** A name as a label; XChart cannot lay out an empty text. */
  static String label(String name) {
    return name.isBlank() ? "(no name)" : name;
  }

  /** An empty bar chart. */
  static CategoryChart bars(String title, String xTitle, String yTitle) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle(yTitle)
            .build();
    style(chart.getStyler());
    chart.getStyler().setAvailableSpaceFill(0.92);
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setYAxisMin(0.0);
    return chart;
  }

  /** Adds a curve as a line; few points get markers, since a lone point has no line. */
  static XYSeries add(XYChart chart, Curve curve, Color color) {
    // XChart wants unique keys; two classes may well have one name.
    String key = chart.getSeriesCollection().size() + " " + curve.name();
    XYSeries series = chart.addSeries(key, uneven(curve.x()), curve.y());
    series.setLabel(label(curve.name()));
    series.setLineColor(color);
    series.setMarkerColor(color);
    series.setLineStyle(SeriesLines.SOLID);
    series.setLineWidth(2.6f);
    series.setSmooth(false);
    series.setMarker(curve.points() <= MARKED_POINTS ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    return series;
  }

  /**
   * The same abscissae, the first moved by a hundredth of a step. XChart puts the ticks of evenly
   * spaced data on data points (20, 1700, 3380, …); this makes it choose round numbers. Few points
   * keep their own ticks.
   */
  static double[] uneven(double[] x) {
    if (x.length <= MOST_OWN_TICKS) {
      return x;
    }
    double[] moved = x.clone();
    int next = 1;
    while (next < x.length - 1 && x[next] == x[0]) {
      next++;
    }
    for (int i = 0; i < next; i++) {
      moved[i] += 0.01 * (x[next] - x[0]);
    }
    return moved;
  }

  /** Bounds of a logarithmic axis: whole decades, without which XChart may label nothing. */
  static double[] decades(double least, double most) {
    double low = Math.floor(Math.log10(least) + 1e-9);
    double high = Math.ceil(Math.log10(most) - 1e-9);
    return new double[] {Math.pow(10, low), Math.pow(10, Math.max(high, low + 1))};
  }

  /** Paints the chart; one without series says that there is nothing to show. */
  static Picture render(Chart<?, ?> chart) {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    Overlay.smooth(pen);
    if (chart.getSeriesCollection().isEmpty()) {
      nothing(pen, chart.getTitle());
    } else {
      chart.paint(pen, WIDTH, HEIGHT);
    }
    pen.dispose();
    return new Picture(image);
  }

  private static void nothing(Graphics2D pen, String title) {
    pen.setColor(Color.WHITE);
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    pen.setColor(GRID);
    pen.setStroke(new BasicStroke(2));
    pen.drawRect(60, 80, WIDTH - 120, HEIGHT - 160);
    pen.setColor(INK);
    pen.setFont(font(Font.BOLD, 24));
    FontMetrics metrics = pen.getFontMetrics();
    pen.drawString(title, (WIDTH - metrics.stringWidth(title)) / 2, 50);
    pen.setFont(font(Font.PLAIN, 22));
    String text = "no data yet";
    pen.drawString(text, (WIDTH - pen.getFontMetrics().stringWidth(text)) / 2, HEIGHT / 2);
  }

  static Font font(int style, int points) {
    return new Font(Font.SANS_SERIF, style, points);
  }

  private static void style(AxesChartStyler styler) {
    styler.setAntiAlias(true);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderColor(GRID);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1f));
    styler.setPlotContentSize(0.96);
    styler.setChartFontColor(INK);
    styler.setAxisTickLabelsColor(INK);
    styler.setAxisTickMarksColor(GRID);
    styler.setChartTitleFont(font(Font.BOLD, 24));
    styler.setChartTitleBoxVisible(false);
    styler.setChartTitlePadding(12);
    styler.setAxisTitleFont(font(Font.PLAIN, 19));
    styler.setAxisTickLabelsFont(font(Font.PLAIN, 16));
    styler.setAxisTitlePadding(12);
    styler.setChartPadding(18);
    styler.setLegendFont(font(Font.PLAIN, 16));
    styler.setLegendBackgroundColor(new Color(255, 255, 255, 225));
    styler.setLegendBorderColor(GRID);
    styler.setLegendPosition(LegendPosition.InsideNE);
    styler.setLegendPadding(10);
    styler.setMarkerSize(8);
    styler.setXAxisTickMarkSpacingHint(100);
    styler.setYAxisTickMarkSpacingHint(60);
    styler.setLocale(java.util.Locale.ROOT);
  }
}

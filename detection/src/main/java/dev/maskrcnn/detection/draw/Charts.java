package dev.maskrcnn.detection.draw;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Charts of runs and data sets, 1200 x 800 pixels. Each works with any number of points; NaN makes
 * a gap.
 */
public final class Charts {
  /** A range of values this many times its smallest is shown on a logarithmic axis. */
  private static final double LOG_RATIO = 60;

  /** More whole numbers than this are shown as an area. */
  private static final int MOST_BARS = 40;

  private Charts() {}

  /**
   * Losses over iterations: each faintly as it was and strongly smoothed.
   *
   * @param losses the total first, then its parts; x = iteration
   * @return the chart; the loss axis is logarithmic if the losses span more than {@value
   *     #LOG_RATIO}x
   */
  public static Picture losses(List<Curve> losses) {
    XYChart chart = ChartStyle.lines("Training losses", "iteration", "loss");
    List<Curve> smooth = new ArrayList<>();
    for (Curve curve : losses) {
      smooth.add(curve.smoothed(Math.max(1, curve.points() / 30.0)));
    }
    // The smoothed curves decide: one outlier should not squeeze everything else.
    boolean log = spread(smooth) > LOG_RATIO;
    if (log) {
      logarithmicY(chart, losses);
    }
    for (int i = 0; i < losses.size(); i++) {
      Curve raw = losses.get(i).drawable(false, log);
      if (raw.points() > 2) {
        XYSeries series = ChartStyle.add(chart, raw, ChartStyle.faint(ChartStyle.color(i)));
        series.setLineWidth(1.1f);
        series.setMarker(SeriesMarkers.NONE);
        series.setShowInLegend(false);
      }
    }
    for (int i = 0; i < losses.size(); i++) {
      Curve curve = smooth.get(i).drawable(false, log);
      if (curve.points() > 0) {
        XYSeries series = ChartStyle.add(chart, curve, ChartStyle.color(i));
        series.setLineWidth(i == 0 ? 3.4f : 2.2f);
      }
    }
    if (!log) {
      chart.getStyler().setYAxisMin(Math.min(0, orZero(Curve.extreme(losses, 1))));
    }
    return ChartStyle.render(chart);
  }

  /**
   * Any curves over any axis: what a lesson or an experiment wants to show.
   *
   * @param title of the chart
   * @param xTitle what the abscissae are, with their unit
   * @param yTitle what the ordinates are, with their unit
   * @param curves drawn in this order
   * @return the chart; the ordinates are logarithmic if they span more than {@value #LOG_RATIO}x
   */
  public static Picture lines(String title, String xTitle, String yTitle, List<Curve> curves) {
    XYChart chart = ChartStyle.lines(title, xTitle, yTitle);
    boolean log = spread(curves) > LOG_RATIO;
    addAll(chart, curves, log);
    if (log) {
      logarithmicY(chart, curves);
    } else {
      chart.getStyler().setYAxisMin(Math.min(0, orZero(Curve.extreme(curves, 1))));
      chart.getStyler().setYAxisDecimalPattern("#,##0.####");
    }
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(LegendLayout.Horizontal);
    return ChartStyle.render(chart);
  }

  /**
   * Average precision over iterations.
   *
   * @param curves box AP, mask AP, AP50, … in 0..1
   * @return the chart, from 0 to at least the best value
   */
  public static Picture averagePrecision(List<Curve> curves) {
    XYChart chart = ChartStyle.lines("Average precision", "iteration", "AP");
    addAll(chart, curves, false);
    double top = orZero(Curve.extreme(curves, -1));
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setYAxisMax(Math.max(0.1, Math.min(1, Math.ceil(top * 10 + 0.3) / 10)));
    chart.getStyler().setYAxisDecimalPattern("0.00");
    chart.getStyler().setLegendPosition(LegendPosition.InsideSE);
    return ChartStyle.render(chart);
  }

  /**
   * The learning rate over iterations.
   *
   * @param rate x = iteration
   * @return the chart; logarithmic if it spans more than {@value #LOG_RATIO}x
   */
  public static Picture learningRate(Curve rate) {
    XYChart chart = ChartStyle.lines("Learning rate", "iteration", "learning rate");
    boolean log = spread(List.of(rate)) > LOG_RATIO;
    addAll(chart, List.of(rate), log);
    if (log) {
      logarithmicY(chart, List.of(rate));
    } else {
      chart.getStyler().setYAxisMin(Math.min(0, orZero(Curve.extreme(List.of(rate), 1))));
      chart.getStyler().setYAxisDecimalPattern("0.######");
    }
    chart.getStyler().setLegendVisible(false);
    for (XYSeries series : chart.getSeriesCollection()) {
      series.setMarker(rate.points() < 3 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    }
    return ChartStyle.render(chart);
  }

  /**
   * Precision over recall.
   *
   * @param title of the chart
   * @param curves one for each class or IoU threshold: x = recall, y = precision, both 0..1
   * @return the chart with both axes from 0 to 1
   */
  public static Picture precisionRecall(String title, List<Curve> curves) {
    XYChart chart = ChartStyle.lines(title, "recall", "precision");
    addAll(chart, curves, false);
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(1.0);
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.02);
    chart.getStyler().setXAxisDecimalPattern("0.0").setYAxisDecimalPattern("0.0");
    chart.getStyler().setLegendPosition(LegendPosition.InsideSW);
    chart.getStyler().setLegendLayout(LegendLayout.Vertical);
    if (curves.size() > 12) {
      chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    }
    for (XYSeries series : chart.getSeriesCollection()) {
      if (series.getXData().length > 1) {
        series.setMarker(SeriesMarkers.NONE);
      }
    }
    return ChartStyle.render(chart);
  }

  /**
   * How often values occur. Whole numbers get a bar each.
   *
   * @param title of the chart
   * @param xTitle what is counted, with its unit
   * @param histogram the counts
   * @return the chart, with median and number of values in its title
   */
  public static Picture histogram(String title, String xTitle, Histogram histogram) {
    if (histogram.whole() && histogram.total() > 0 && histogram.counts().length <= MOST_BARS) {
      Map<String, Long> counts = new LinkedHashMap<>();
      for (int i = 0; i < histogram.counts().length; i++) {
        counts.put(String.valueOf(Math.round(histogram.edges()[i] + 0.5)), histogram.counts()[i]);
      }
      return counts(title + histogram.summary(), xTitle, counts);
    }
    XYChart chart = ChartStyle.lines(title + histogram.summary(), xTitle, "count");
    if (histogram.total() > 0) {
      double[] edges = histogram.edges();
      if (histogram.logarithmic()) {
        double[] bounds = ChartStyle.decades(edges[0], edges[edges.length - 1]);
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setXAxisMin(bounds[0]).setXAxisMax(bounds[1]);
      }
      double[] x = ChartStyle.uneven(histogram.outlineX());
      XYSeries series = chart.addSeries(title, x, histogram.outlineY());
      series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Area);
      series.setMarker(SeriesMarkers.NONE);
      series.setLineColor(ChartStyle.color(0));
      series.setLineWidth(1.6f);
      series.setFillColor(withAlpha(ChartStyle.color(0), 110));
      chart.getStyler().setLegendVisible(false);
      chart.getStyler().setYAxisMin(0.0);
      chart.getStyler().setYAxisDecimalPattern("0.##");
    }
    return ChartStyle.render(chart);
  }

  /**
   * Counts of named things as bars.
   *
   * @param title of the chart
   * @param xTitle what the names are
   * @param counts by name, in the order of the bars; a logarithmic axis if they differ much
   * @return the chart
   */
  public static Picture counts(String title, String xTitle, Map<String, Long> counts) {
    CategoryChart chart = ChartStyle.bars(title, xTitle, "count");
    if (!counts.isEmpty()) {
      List<String> names = counts.keySet().stream().map(ChartStyle::label).toList();
      // XChart's labels on a logarithmic axis cast each number to Double.
      List<Double> values = counts.values().stream().map(Long::doubleValue).toList();
      double least = values.stream().filter(v -> v > 0).min(Double::compare).orElse(1.0);
      double most = values.stream().max(Double::compare).orElse(1.0);
      boolean log = most / least > LOG_RATIO;
      CategorySeries series = chart.addSeries(title, names, values);
      series.setFillColor(ChartStyle.color(0));
      chart.getStyler().setYAxisLogarithmic(log);
      chart.getStyler().setYAxisMin(log ? least / 2 : 0.0);
      chart
          .getStyler()
          .setYAxisMax(log ? ChartStyle.decades(least, most)[1] : Math.max(1, most * 1.08));
      chart.getStyler().setXAxisLabelRotation(names.size() > 12 ? 90 : 0);
      int points = names.size() > 40 ? 11 : 16;
      chart.getStyler().setAxisTickLabelsFont(ChartStyle.font(Font.PLAIN, points));
      chart.getStyler().setXAxisMaxLabelCount(Math.max(2, names.size()));
      chart.getStyler().setLabelsVisible(names.size() <= 24);
      chart.getStyler().setLabelsFont(ChartStyle.font(Font.BOLD, 15));
      chart.getStyler().setYAxisDecimalPattern("#,##0");
    }
    return ChartStyle.render(chart);
  }

  private static void addAll(XYChart chart, List<Curve> curves, boolean log) {
    for (int i = 0; i < curves.size(); i++) {
      Curve curve = curves.get(i).drawable(false, log);
      if (curve.points() > 0) {
        XYSeries series = ChartStyle.add(chart, curve, ChartStyle.color(i));
        if (i >= 10) {
          // Colours repeat after ten; dashes tell the second ten apart.
          series.setLineStyle(
              new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, dash(), 0));
        }
      }
    }
  }

  private static void logarithmicY(XYChart chart, List<Curve> curves) {
    List<Curve> drawn = curves.stream().map(curve -> curve.drawable(false, true)).toList();
    double[] bounds = ChartStyle.decades(Curve.extreme(drawn, 1), Curve.extreme(drawn, -1));
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setYAxisMin(bounds[0]).setYAxisMax(bounds[1]);
  }

  private static float[] dash() {
    return new float[] {9, 5};
  }

  /** Largest over smallest value; 1 if there is nothing to compare or something is not positive. */
  private static double spread(List<Curve> curves) {
    double least = Curve.extreme(curves, 1);
    return least > 0 ? Curve.extreme(curves, -1) / least : 1;
  }

  private static double orZero(double value) {
    return Double.isNaN(value) ? 0 : value;
  }

  private static Color withAlpha(Color color, int alpha) {
    return new Color(color.getRed(), color.getGreen(), color.getBlue(), alpha);
  }
}

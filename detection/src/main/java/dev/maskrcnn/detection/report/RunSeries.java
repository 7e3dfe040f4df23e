package dev.maskrcnn.detection.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.detection.log.MetricsRow;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * The curves of a run: for each chart its title and its lines, {@code {"name", "x": [iterations],
 * "y": [values]}}. A long line is thinned: each point is then the mean of its neighbours, for speed
 * their median, since a slow step now and then (a checkpoint) says nothing.
 */
final class RunSeries {
  /** More points than this do not show on a screen. */
  static final int MOST_POINTS = 600;

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final MathContext DIGITS = new MathContext(5);

  /** What the AP chart shows, in this order: key in the file, name in the legend. */
  private static final List<Map.Entry<String, String>> PRECISIONS =
      List.of(
          Map.entry("bbox/AP", "box AP"),
          Map.entry("segm/AP", "mask AP"),
          Map.entry("bbox/AP50", "box AP50"),
          Map.entry("segm/AP50", "mask AP50"));

  /** A row's value of one line, NaN if it has none. */
  private record Line(String name, ToDoubleFunction<MetricsRow> value) {}

  private final List<MetricsRow> rows;
  private final int batch;

  /**
   * @param rows of {@code metrics.jsonl}
   * @param batch images of an iteration
   */
  RunSeries(List<MetricsRow> rows, int batch) {
    this.rows = List.copyOf(rows);
    this.batch = batch;
  }

  /** All charts that have a point. */
  ArrayNode charts() {
    ArrayNode charts = JSON.arrayNode();
    List<Line> losses = names("loss").stream().map(n -> new Line(n, r -> r.value(n))).toList();
    chart(charts, "Losses", losses, false);
    List<Line> validation =
        names("validation/loss").stream()
            .map(n -> new Line(n.substring("validation/".length()), r -> r.value(n)))
            .toList();
    chart(charts, "Losses on validation images", validation, false);
    List<Line> precisions =
        PRECISIONS.stream().map(p -> new Line(p.getValue(), r -> r.value(p.getKey()))).toList();
    chart(charts, "Average precision", precisions, false);
    chart(charts, "Learning rate", List.of(new Line("lr", r -> r.value("lr"))), false);
    List<Line> scale = List.of(new Line("loss scale", r -> r.value("loss_scale")));
    chart(charts, "Loss scale", scale, true);
    Line speed = new Line("images/s", r -> batch / r.value("time"));
    Line waiting = new Line("waiting", this::waiting);
    chart(charts, "Images per second", List.of(speed), true);
    chart(charts, "Share of a step that waits for data", List.of(waiting), true);
    return charts;
  }

  private double waiting(MetricsRow row) {
    return row.value("data") / row.value("time");
  }

  /** Images per second at the median of all iterations; NaN if there is none. */
  double speed() {
    double[] times =
        rows.stream().mapToDouble(r -> r.value("time")).filter(Double::isFinite).toArray();
    return times.length == 0 ? Double.NaN : batch / median(times);
  }

  /** The last iteration that has a loss, 0 if none has. */
  long iterations() {
    return rows.stream()
        .filter(r -> r.values().containsKey("loss"))
        .mapToLong(MetricsRow::iteration)
        .max()
        .orElse(0);
  }

  /** In the order of the file, the total first. */
  private Set<String> names(String prefix) {
    Set<String> names = new LinkedHashSet<>();
    for (MetricsRow row : rows) {
      if (row.values().containsKey(prefix)) {
        names.add(prefix);
      }
    }
    for (MetricsRow row : rows) {
      for (String name : row.values().keySet()) {
        if (name.startsWith(prefix + "_") && !name.equals("loss_scale")) {
          names.add(name);
        }
      }
    }
    return names;
  }

  private void chart(ArrayNode charts, String title, List<Line> lines, boolean medians) {
    ArrayNode shown = JSON.arrayNode();
    for (Line line : lines) {
      List<MetricsRow> having =
          rows.stream().filter(r -> Double.isFinite(line.value.applyAsDouble(r))).toList();
      if (!having.isEmpty()) {
        shown.add(thinned(line, having, medians));
      }
    }
    if (!shown.isEmpty()) {
      charts.addObject().put("title", title).set("lines", shown);
    }
  }

  private static ObjectNode thinned(Line line, List<MetricsRow> rows, boolean medians) {
    int points = Math.min(MOST_POINTS, rows.size());
    ObjectNode out = JSON.objectNode().put("name", line.name);
    out.put("each", (rows.size() + points - 1) / points);
    ArrayNode x = out.putArray("x");
    ArrayNode y = out.putArray("y");
    for (int i = 0; i < points; i++) {
      int from = (int) ((long) i * rows.size() / points);
      int to = (int) ((long) (i + 1) * rows.size() / points);
      List<MetricsRow> part = rows.subList(from, to);
      double[] values = part.stream().mapToDouble(line.value).toArray();
      x.add(part.get(part.size() - 1).iteration());
      y.add(short5(medians ? median(values) : Arrays.stream(values).average().orElseThrow()));
    }
    return out;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** Five digits are more than a chart shows. */
  private static double short5(double value) {
    return new BigDecimal(value).round(DIGITS).doubleValue();
  }
}

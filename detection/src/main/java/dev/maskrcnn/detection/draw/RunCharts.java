package dev.maskrcnn.detection.draw;

import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.log.MetricsRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The usual charts of a training run, from its {@code metrics.jsonl}. */
public final class RunCharts {
  /** What the AP chart shows, in this order: key in the file, name in the legend. */
  private static final List<Map.Entry<String, String>> PRECISIONS =
      List.of(
          Map.entry("bbox/AP", "box AP"),
          Map.entry("segm/AP", "mask AP"),
          Map.entry("bbox/AP50", "box AP50"),
          Map.entry("segm/AP50", "mask AP50"));

  private RunCharts() {}

  /**
   * Writes {@code loss.png}, {@code ap.png} and {@code lr.png}.
   *
   * @param metrics the run's {@code metrics.jsonl}; the run may still be going
   * @param folder where the charts go
   * @return the files written
   * @throws dev.maskrcnn.detection.log.RunFileException if a file cannot be read or written
   */
  public static List<Path> write(Path metrics, Path folder) {
    List<MetricsRow> rows = MetricsFile.read(metrics);
    List<Curve> losses = new ArrayList<>();
    for (String name : lossNames(rows)) {
      losses.add(curve(rows, name, name));
    }
    List<Curve> precisions = new ArrayList<>();
    PRECISIONS.forEach(p -> precisions.add(curve(rows, p.getKey(), p.getValue())));
    return List.of(
        Charts.losses(losses).writePng(folder.resolve("loss.png")),
        Charts.averagePrecision(precisions).writePng(folder.resolve("ap.png")),
        Charts.learningRate(curve(rows, "lr", "learning rate")).writePng(folder.resolve("lr.png")));
  }

  /**
   * @param rows of a metrics file
   * @param key name in the file
   * @param name for the legend
   * @return the points of all rows that have the key; none if no row has
   */
  public static Curve curve(List<MetricsRow> rows, String key, String name) {
    List<MetricsRow> having = rows.stream().filter(r -> r.values().containsKey(key)).toList();
    return new Curve(
        name,
        having.stream().mapToDouble(MetricsRow::iteration).toArray(),
        having.stream().mapToDouble(row -> row.value(key)).toArray());
  }

  /** The total, then its parts in file order. */
  private static Set<String> lossNames(List<MetricsRow> rows) {
    Set<String> names = new LinkedHashSet<>(List.of("loss"));
    for (MetricsRow row : rows) {
      for (String name : row.values().keySet()) {
        if (name.startsWith("loss_")) {
          names.add(name);
        }
      }
    }
    return names;
  }
}

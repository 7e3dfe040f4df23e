package dev.maskrcnn.detection.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigKey;
import dev.maskrcnn.detection.draw.Picture;
import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.log.MetricsRow;
import dev.maskrcnn.detection.page.HtmlPage;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** {@code report.html}: all of a training run on one page, which is one file. */
public final class RunReport {
  /** The page's name in the folder of the run. */
  public static final String FILE = "report.html";

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int MOST_WIDE = 1100;
  private static final float QUALITY = 0.8f;

  /**
   * What a run knows of itself.
   *
   * @param folder its output, with {@code metrics.jsonl} and {@code inference/}
   * @param config all settings
   * @param facts shown at the top, in their order
   * @param environment what it ran on, in its order
   */
  public record Run(
      Path folder, Config config, Map<String, String> facts, Map<String, String> environment) {
    /** Copies the maps. */
    public Run {
      Objects.requireNonNull(folder, "folder");
      Objects.requireNonNull(config, "config");
      facts = new LinkedHashMap<>(facts);
      environment = new LinkedHashMap<>(environment);
    }
  }

  /**
   * An image of the gallery.
   *
   * @param title file name
   * @param missed objects that were not found
   * @param invented detections where nothing is
   * @param confused objects found under another category
   * @param picture truth beside prediction
   */
  public record Shown(String title, long missed, long invented, long confused, Picture picture) {}

  private RunReport() {}

  /**
   * Writes the page into the folder of the run.
   *
   * @param gallery in the order of the page
   * @return the file
   * @throws dev.maskrcnn.detection.log.RunFileException if a file of the run cannot be read
   * @throws dev.maskrcnn.tensor.io.TensorFileException if the page cannot be written
   */
  public static Path write(Run run, List<Shown> gallery) {
    Path metrics = run.folder.resolve("metrics.jsonl");
    List<MetricsRow> rows = Files.exists(metrics) ? MetricsFile.read(metrics) : List.of();
    RunSeries series = new RunSeries(rows, run.config.integer("SOLVER.IMS_PER_BATCH"));
    ObjectNode data = JSON.objectNode();
    ObjectNode facts = data.putObject("facts");
    run.facts.forEach(facts::put);
    facts.put("iterations", Long.toString(series.iterations()));
    if (Double.isFinite(series.speed())) {
      facts.put("images/s", String.format(Locale.ROOT, "%.2f", series.speed()));
    }
    data.set("charts", series.charts());
    data.set("sets", SetResults.of(run.folder));
    ArrayNode shown = data.putArray("gallery");
    gallery.forEach(s -> shown.add(picture(s)));
    data.set("config", settings(run.config));
    ObjectNode environment = data.putObject("environment");
    run.environment.forEach(environment::put);
    Path file = run.folder.resolve(FILE);
    new HtmlPage("Training run " + run.folder.getFileName(), data)
        .style("report.css")
        .scripts("report-charts.js", "report-app.js")
        .write(file);
    return file;
  }

  private static ObjectNode picture(Shown shown) {
    return JSON.objectNode()
        .put("title", shown.title)
        .put("missed", shown.missed)
        .put("invented", shown.invented)
        .put("confused", shown.confused)
        .put("src", HtmlPage.jpeg(narrowed(shown.picture.image()), QUALITY));
  }

  /** Photos of full size would make the page too large. */
  private static BufferedImage narrowed(BufferedImage image) {
    if (image.getWidth() <= MOST_WIDE) {
      return image;
    }
    int height = Math.max(1, image.getHeight() * MOST_WIDE / image.getWidth());
    BufferedImage out = new BufferedImage(MOST_WIDE, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = out.createGraphics();
    pen.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    pen.drawImage(image, 0, 0, MOST_WIDE, height, null);
    pen.dispose();
    return out;
  }

  /** Every key that differs from its default: name, value, default, where it was set. */
  private static ArrayNode settings(Config config) {
    ArrayNode out = JSON.arrayNode();
    for (ConfigKey key : Config.keys()) {
      Object value = config.value(key.name());
      if (!Objects.equals(value, key.initial())) {
        out.addArray()
            .add(key.name())
            .add(ConfigKey.literal(value))
            .add(ConfigKey.literal(key.initial()))
            .add(config.origin(key.name()).toString());
      }
    }
    return out;
  }
}

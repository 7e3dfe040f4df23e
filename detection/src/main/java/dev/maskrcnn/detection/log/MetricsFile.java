package dev.maskrcnn.detection.log;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.tensor.io.AtomicFile;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code metrics.jsonl}: one JSON object a line, {@code {"iteration":20,"loss":1.93,…}}, appended
 * as the run goes. Numbers that JSON has no form for are the strings {@code "NaN"}, {@code
 * "Infinity"}, {@code "-Infinity"}.
 *
 * <p>Names used by the training loop and read by the charts: {@code loss}, {@code loss_*}, {@code
 * lr}, {@code time}, {@code data}; from evaluations {@code bbox/AP}, {@code bbox/AP50}, {@code
 * segm/AP}, …. Not safe for use by several threads.
 */
public final class MetricsFile implements Closeable {
  static final String ITERATION = "iteration";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;
  private final FileChannel channel;

  private MetricsFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Opens the file for appending and drops what the run is about to do again: the rows after {@code
   * resumedIteration}, and a last line cut off by a crash. The file is rewritten atomically, and
   * only if something is dropped.
   *
   * @param file made if missing
   * @param resumedIteration iterations already done; 0 starts anew and drops every row above 0
   * @return the open file
   * @throws RunFileException if a line before the last is no JSON object with an iteration
   */
  public static MetricsFile open(Path file, long resumedIteration) {
    try {
      if (Files.exists(file)) {
        trim(file, resumedIteration);
      } else {
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      return new MetricsFile(file, channel);
    } catch (IOException e) {
      throw new RunFileException(
          file + ": cannot be opened for appending: " + FileFailure.reason(e), e);
    }
  }

  /**
   * Appends one line and hands it to the operating system before returning.
   *
   * @param iteration of the measurement, 0 or more
   * @param values by name, written in the map's order
   */
  public void append(long iteration, Map<String, Double> values) {
    MetricsRow row = new MetricsRow(iteration, values);
    ObjectNode line = JSON.createObjectNode();
    line.put(ITERATION, row.iteration());
    row.values().forEach(line::put);
    try {
      ByteBuffer bytes =
          ByteBuffer.wrap((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw new RunFileException(file + ": cannot be appended to: " + FileFailure.reason(e), e);
    }
  }

  /** Forces what was written to the disk: a power cut does not take it. */
  public void force() {
    try {
      channel.force(false);
    } catch (IOException e) {
      throw new RunFileException(file + ": cannot be written: " + FileFailure.reason(e), e);
    }
  }

  /** Forces what was written to the disk and closes the file. */
  @Override
  public void close() {
    try (channel) {
      if (channel.isOpen()) {
        channel.force(false);
      }
    } catch (IOException e) {
      throw new RunFileException(file + ": cannot be closed: " + FileFailure.reason(e), e);
    }
  }

  /**
   * @param file a metrics file, perhaps of a run still going
   * @return its rows in file order; fields that are no numbers are left out, as is a last line
   *     without its line break, which a running writer may be about to finish
   * @throws RunFileException if it cannot be read, or a line is no JSON object with an iteration
   */
  public static List<MetricsRow> read(Path file) {
    List<MetricsRow> rows = new ArrayList<>();
    for (String line : completeLines(file).lines) {
      rows.add(parse(line, file, rows.size() + 1));
    }
    return rows;
  }

  private record Lines(List<String> lines, boolean cutOff) {}

  private static Lines completeLines(Path file) {
    String text;
    try {
      text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new RunFileException(file + ": cannot be read: " + FileFailure.reason(e), e);
    }
    int end = text.lastIndexOf('\n') + 1;
    return new Lines(text.substring(0, end).lines().toList(), end < text.length());
  }

  private static void trim(Path file, long resumedIteration) {
    Lines all = completeLines(file);
    StringBuilder kept = new StringBuilder();
    boolean dropped = all.cutOff;
    for (int i = 0; i < all.lines.size(); i++) {
      String line = all.lines.get(i);
      if (parse(line, file, i + 1).iteration() <= resumedIteration) {
        kept.append(line).append('\n');
      } else {
        dropped = true;
      }
    }
    if (dropped) {
      AtomicFile.writeText(file, kept.toString());
    }
  }

  private static MetricsRow parse(String line, Path file, int number) {
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new RunFileException(
          file + ": line " + number + " is no JSON: " + e.getOriginalMessage(), e);
    }
    JsonNode iteration = node.path(ITERATION);
    if (!iteration.isIntegralNumber() || iteration.longValue() < 0) {
      throw new RunFileException(
          "%s: line %s: expected an object with an integer \"%s\" of 0 or more, got %s"
              .formatted(file, number, ITERATION, node));
    }
    Map<String, Double> values = new LinkedHashMap<>();
    node.forEachEntry(
        (name, field) -> {
          Double value = number(field);
          if (value != null && !name.equals(ITERATION)) {
            values.put(name, value);
          }
        });
    return new MetricsRow(iteration.longValue(), values);
  }

  private static Double number(JsonNode value) {
    if (value.isNumber()) {
      return value.doubleValue();
    }
    return switch (value.isTextual() ? value.textValue() : "") {
      case "NaN" -> Double.NaN;
      case "Infinity" -> Double.POSITIVE_INFINITY;
      case "-Infinity" -> Double.NEGATIVE_INFINITY;
      default -> null;
    };
  }
}

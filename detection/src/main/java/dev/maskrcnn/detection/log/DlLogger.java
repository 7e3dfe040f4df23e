package dev.maskrcnn.detection.log;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Records in the two forms of NVIDIA's DLLogger, which NVIDIA's version of 2024 writes: a file with
 * one JSON object a line,
 *
 * <pre>
 * DLLL {"timestamp": "1593000000.123456", "datetime": "2020-06-24 14:00:00.123456",
 *       "elapsedtime": "12.5", "type": "LOG", "step": [20], "data": {"loss": "1.9 (2.1)"}}
 * </pre>
 *
 * (on one line), and lines for the console, {@code DLL 2020-06-24 14:00:00.123456 - Training
 * Iteration: 20 loss : 1.9 (2.1)}. Separators are those of Python's {@code json}, since scripts
 * grep the lines. Numbers that JSON has no form for are {@code NaN} and {@code Infinity}, as Python
 * writes them. Safe for use by several threads; a line is flushed before the call returns.
 */
public final class DlLogger implements Closeable {
  /** What each line of the file begins with. */
  public static final String PREFIX = "DLLL ";

  /** The step of records that say how a run was set up. */
  public static final String PARAMETER = "PARAMETER";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS).build();

  private final Path file;
  private final BufferedWriter writer;
  private final Consumer<String> console;
  private final Clock clock;
  private final Instant start;
  private final Map<String, String> units = new LinkedHashMap<>();

  private DlLogger(Path file, BufferedWriter writer, Consumer<String> console, Clock clock) {
    this.file = file;
    this.writer = writer;
    this.console = console;
    this.clock = clock;
    this.start = clock.instant();
  }

  /** Writes nowhere. */
  public static DlLogger none() {
    return new DlLogger(null, null, line -> {}, RunLog.LOCAL_TIME);
  }

  /**
   * Opens one.
   *
   * @param file replaced if it exists, as the original does; none without it
   * @param console gets each line of the console form
   * @param clock gives times and their zone
   * @throws RunFileException if the file cannot be made
   */
  public static DlLogger open(Optional<Path> file, Consumer<String> console, Clock clock) {
    if (file.isEmpty()) {
      return new DlLogger(null, null, console, clock);
    }
    Path path = file.get();
    try {
      Path folder = path.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      BufferedWriter writer = Files.newBufferedWriter(path, StandardCharsets.UTF_8);
      return new DlLogger(path, writer, console, clock);
    } catch (IOException e) {
      throw new RunFileException(path + ": cannot be written: " + FileFailure.reason(e), e);
    }
  }

  /**
   * Declares a metric's unit, shown behind its value on the console.
   *
   * @param unit null for a pure number, which the console form shows as {@code None}
   */
  public synchronized void unit(String metric, String unit) {
    units.put(metric, unit == null ? "None" : unit);
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("unit", unit);
    Map<String, Object> line = stamp(clock.instant(), "METADATA");
    line.put("metric", metric);
    line.put("metadata", metadata);
    write(line);
  }

  /** Records how the run is set up: step {@value #PARAMETER}. */
  public void parameter(String name, Object value) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put(name, value);
    record(PARAMETER, PARAMETER, data);
  }

  /**
   * Records measurements.
   *
   * @param step {@code [iteration]} or {@code [iteration, epoch]}; empty for the summary of the run
   * @param data numbers, texts, lists or maps by name
   */
  public void log(List<? extends Number> step, Map<String, ?> data) {
    StringBuilder words = new StringBuilder();
    String[] names = {"Training Iteration", "Training Epoch", "Validation Iteration"};
    for (int i = 0; i < step.size(); i++) {
      words.append(names[i]).append(": ").append(step.get(i)).append(' ');
    }
    record(step, words.toString(), data);
  }

  private synchronized void record(Object step, String words, Map<String, ?> data) {
    Instant now = clock.instant();
    Map<String, Object> line = stamp(now, "LOG");
    line.put("step", step);
    line.put("data", data);
    write(line);
    StringBuilder text = new StringBuilder();
    data.forEach(
        (name, value) ->
            text.append(text.isEmpty() ? "" : " ")
                .append(name)
                .append(" : ")
                .append(shown(value))
                .append(' ')
                .append(units.getOrDefault(name, "")));
    console.accept("DLL " + datetime(now) + " - " + words + " " + text);
  }

  private static Object shown(Object value) {
    return value instanceof Boolean flag ? (flag ? "True" : "False") : value;
  }

  private String datetime(Instant now) {
    return LocalDateTime.ofInstant(now, clock.getZone()).format(TIME);
  }

  private Map<String, Object> stamp(Instant now, String type) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("timestamp", seconds(Duration.between(Instant.EPOCH, now)));
    line.put("datetime", datetime(now));
    line.put("elapsedtime", seconds(Duration.between(start, now)));
    line.put("type", type);
    return line;
  }

  private static String seconds(Duration d) {
    return String.format(Locale.ROOT, "%d.%06d", d.getSeconds(), d.getNano() / 1000);
  }

  private void write(Map<String, Object> line) {
    if (writer == null) {
      return;
    }
    try {
      writer.append(PREFIX).append(JSON.writer(new PythonSpacing()).writeValueAsString(line));
      writer.append('\n').flush();
    } catch (IOException e) {
      throw new RunFileException(file + ": cannot be written: " + FileFailure.reason(e), e);
    }
  }

  /** {@code {"a": 1, "b": [2, 3]}}. */
  private static final class PythonSpacing extends MinimalPrettyPrinter {
    private static final long serialVersionUID = 1L;

    @Override
    public void writeObjectFieldValueSeparator(JsonGenerator json) throws IOException {
      json.writeRaw(": ");
    }

    @Override
    public void writeObjectEntrySeparator(JsonGenerator json) throws IOException {
      json.writeRaw(", ");
    }

    @Override
    public void writeArrayValueSeparator(JsonGenerator json) throws IOException {
      json.writeRaw(", ");
    }
  }

  @Override
  public synchronized void close() {
    if (writer == null) {
      return;
    }
    try {
      writer.close();
    } catch (IOException e) {
      throw new RunFileException(file + ": cannot be closed: " + FileFailure.reason(e), e);
    }
  }
}

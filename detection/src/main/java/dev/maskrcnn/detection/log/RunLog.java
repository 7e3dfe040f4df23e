package dev.maskrcnn.detection.log;

import dev.maskrcnn.tensor.io.FileFailure;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The text log of a run: each message goes to the console and is appended to {@code
 * OUTPUT_DIR/log.txt} as
 *
 * <pre>
 * 2019-07-08 14:03:59,123 maskrcnn_benchmark.trainer INFO: Start training
 * </pre>
 *
 * the line of Python's {@code logging} in the original system, whose scripts grep it. Safe for use
 * by several threads; a file line is flushed before the call returns.
 */
public final class RunLog implements Closeable {
  /** How much a message matters; printed by this name. */
  public enum Level {
    /** Detail for finding faults. */
    DEBUG,
    /** Normal progress. */
    INFO,
    /** Something to look at; the run goes on. */
    WARNING,
    /** The run cannot go on. */
    ERROR
  }

  /** Name of the log file in the output folder. */
  public static final String FILE = "log.txt";

  /** Root of the logger names that the original's scripts expect. */
  public static final String ROOT = "maskrcnn_benchmark";

  /** The times in a log are local, as the original's. */
  public static final Clock LOCAL_TIME = Clock.system(ZoneId.systemDefault());

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss,SSS", Locale.ROOT);

  private final Path file;
  private final BufferedWriter writer;
  private final PrintStream console;
  private final Clock clock;
  private ProgressBar bar;
  private DlLogger records = DlLogger.none();
  private Consumer<String> warnings = message -> {};

  private RunLog(Path file, BufferedWriter writer, PrintStream console, Clock clock) {
    this.file = file;
    this.writer = writer;
    this.console = console;
    this.clock = clock;
  }

  /**
   * @param outputFolder made if missing; its {@code log.txt} is appended to
   * @param console gets a copy of each line; not closed
   * @param clock gives times and their zone
   * @return the log
   * @throws RunFileException if the file cannot be opened
   */
  public static RunLog open(Path outputFolder, PrintStream console, Clock clock) {
    Path file = outputFolder.resolve(FILE);
    try {
      Files.createDirectories(outputFolder);
      BufferedWriter writer =
          Files.newBufferedWriter(
              file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      return new RunLog(file, writer, console, clock);
    } catch (IOException e) {
      throw new RunFileException(
          file + ": cannot be opened for appending: " + FileFailure.reason(e), e);
    }
  }

  /**
   * A log to the console only, for commands without an output folder.
   *
   * @param console gets each line; not closed
   * @return the log
   */
  public static RunLog consoleOnly(PrintStream console) {
    return new RunLog(null, null, console, LOCAL_TIME);
  }

  /** A log that nobody reads. */
  public static RunLog silent() {
    return silent(warning -> {});
  }

  /**
   * Makes something that a run can do without, such as a picture: if that fails, whatever the
   * reason, the run goes on and a warning says why.
   *
   * @param logger name of the source
   * @param extra what to make
   */
  public void attempt(String logger, Runnable extra) {
    try {
      extra.run();
    } catch (RuntimeException | LinkageError | InternalError e) {
      // The JDK's graphics throw errors on machines without fonts.
      warning(
          logger, (e.getMessage() == null ? e.toString() : e.getMessage()) + "; the run goes on");
    }
  }

  /**
   * A log that prints nothing, for programs that show warnings in their own way.
   *
   * @param warnings is given the text of each warning and error
   */
  public static RunLog silent(Consumer<String> warnings) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
    RunLog log = consoleOnly(nowhere);
    log.warnings = warnings;
    return log;
  }

  /**
   * Takes up DLLogger records beside the text, from now on and until this log is closed.
   *
   * @param file of the JSON lines; none if empty
   * @param lines whether the console shows them too
   * @throws RunFileException if the file cannot be made
   */
  public synchronized void openRecords(Optional<Path> file, boolean lines) {
    records = DlLogger.open(file, lines ? this::print : line -> {}, clock);
  }

  /** Where DLLogger records go; nowhere unless {@link #openRecords} was called. */
  public synchronized DlLogger records() {
    return records;
  }

  private synchronized void print(String line) {
    if (bar != null) {
      bar.interrupt(() -> console.println(line));
    } else {
      console.println(line);
    }
    console.flush();
  }

  /**
   * @param level how much it matters
   * @param logger name of the source, {@code maskrcnn_benchmark.trainer} say
   * @param message one line or several
   */
  public synchronized void log(Level level, String logger, String message) {
    // Tables have several lines; what went wrong has one, whatever names it holds.
    boolean single = level == Level.WARNING || level == Level.ERROR;
    String safe = single ? SafeText.line(message) : SafeText.block(message);
    String line = LocalDateTime.now(clock).format(TIME) + " " + logger + " " + level + ": " + safe;
    if (writer != null) {
      try {
        writer.append(line).append('\n').flush();
      } catch (IOException e) {
        throw new RunFileException(file + ": cannot be appended to: " + FileFailure.reason(e), e);
      }
    }
    print(line);
    if (level.compareTo(Level.WARNING) >= 0) {
      warnings.accept(message);
    }
  }

  /**
   * @param logger name of the source
   * @param message what to say
   */
  public void info(String logger, String message) {
    log(Level.INFO, logger, message);
  }

  /**
   * @param logger name of the source
   * @param message what to say
   */
  public void warning(String logger, String message) {
    log(Level.WARNING, logger, message);
  }

  /**
   * @param logger name of the source
   * @param message what to say
   */
  public void debug(String logger, String message) {
    log(Level.DEBUG, logger, message);
  }

  /**
   * @param logger name of the source
   * @param message what to say
   */
  public void error(String logger, String message) {
    log(Level.ERROR, logger, message);
  }

  /**
   * A progress bar on this log's console that log lines do not tear: they are printed above it.
   *
   * @param label what is being done
   * @param total steps in all
   * @return the bar; close it when done
   */
  public synchronized ProgressBar progress(String label, long total) {
    bar = ProgressBar.on(console, SafeText.line(label), total);
    return bar;
  }

  /** Closes the files; the console stays open. */
  @Override
  public synchronized void close() {
    records.close();
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

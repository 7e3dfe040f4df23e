package dev.maskrcnn.detection.log;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * How far a long task is: on a terminal one line that is redrawn,
 *
 * <pre>
 * evaluating  45% [=============>                ] 225/500  12.3 it/s  eta 0:00:22
 * </pre>
 *
 * elsewhere (a pipe, a log file) the same without the bar as a new line every half minute and at
 * the end, so that redirected logs stay small and free of control characters. Safe for use by
 * several threads.
 */
public final class ProgressBar implements AutoCloseable {
  private static final long TERMINAL_NANOS = 100_000_000L;
  private static final long LINE_NANOS = 30_000_000_000L;
  private static final int BAR = 30;

  /** Where and how to show progress. */
  record Display(PrintStream out, boolean terminal, LongSupplier nanoTime) {}

  private final Display display;
  private final String label;
  private final long total;
  private final long started;
  private long origin;
  private long done;
  private String note = "";
  private long shownAt;
  private int shownWidth;
  private boolean closed;
  private boolean bytes;

  ProgressBar(Display display, String label, long total) {
    if (total < 0) {
      throw new IllegalArgumentException(
          "progress bar: total must not be negative, got " + total + " for " + label);
    }
    this.display = display;
    this.label = label;
    this.total = total;
    this.started = display.nanoTime.getAsLong();
    this.shownAt = started;
  }

  /**
   * @param label what is being done
   * @param total steps in all, 0 if unknown
   * @return a bar on standard output
   */
  public static ProgressBar of(String label, long total) {
    return on(System.out, label, total);
  }

  static ProgressBar on(PrintStream out, String label, long total) {
    boolean terminal = out == System.out && isTerminal(System.console());
    return new ProgressBar(new Display(out, terminal, System::nanoTime), label, total);
  }

  /** From Java 22 on there may be a console that is no terminal; it says so itself. */
  private static boolean isTerminal(Console console) {
    if (console == null) {
      return false;
    }
    try {
      return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }

  /**
   * Says where a resumed task starts, so that speed counts only what is done now.
   *
   * @param steps already done before this process
   * @return this bar
   */
  public synchronized ProgressBar startAt(long steps) {
    origin = steps;
    done = steps;
    return this;
  }

  /**
   * Says that steps are bytes, which are shown in millions.
   *
   * @return this bar
   */
  public synchronized ProgressBar bytes() {
    bytes = true;
    return this;
  }

  /** One more step is done. */
  public void step() {
    advance(1);
  }

  /**
   * @param steps that are done now, more than before
   */
  public synchronized void advance(long steps) {
    done += steps;
    showIfDue();
  }

  /**
   * @param text shown at the end of the line from the next redraw on, {@code loss 1.23} say
   */
  public synchronized void note(String text) {
    note = text;
  }

  /** Shows the final state; further calls do nothing. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    show();
    if (display.terminal) {
      display.out.println();
    }
    display.out.flush();
    closed = true;
  }

  /** Runs something that prints whole lines, with the bar out of the way. */
  synchronized void interrupt(Runnable printing) {
    boolean erase = display.terminal && shownWidth > 0 && !closed;
    if (erase) {
      display.out.print("\r" + " ".repeat(shownWidth) + "\r");
    }
    printing.run();
    if (erase) {
      show();
    }
  }

  private void showIfDue() {
    long now = display.nanoTime.getAsLong();
    if (!closed && now - shownAt >= (display.terminal ? TERMINAL_NANOS : LINE_NANOS)) {
      show();
    }
  }

  private void show() {
    shownAt = display.nanoTime.getAsLong();
    String line = line();
    if (display.terminal) {
      int blank = Math.max(0, shownWidth - line.length());
      display.out.print("\r" + line + " ".repeat(blank));
    } else {
      display.out.println(line);
    }
    display.out.flush();
    shownWidth = line.length();
  }

  private String line() {
    double seconds = (display.nanoTime.getAsLong() - started) / 1e9;
    double speed = seconds > 0 ? (done - origin) / seconds : 0;
    StringBuilder text = new StringBuilder(label);
    if (total > 0) {
      text.append(String.format(Locale.ROOT, " %3d%%", Math.min(100, 100 * done / total)));
      if (display.terminal) {
        text.append(' ').append(bar());
      }
    }
    text.append(' ').append(countText(done));
    if (total > 0) {
      text.append('/').append(countText(total));
    }
    if (bytes) {
      text.append(" MB");
    }
    text.append("  ").append(speedText(speed));
    if (total > done && speed > 0) {
      text.append("  eta ").append(PythonText.duration(Math.floor((total - done) / speed)));
    } else {
      text.append("  in ").append(PythonText.duration(Math.floor(seconds)));
    }
    return note.isEmpty() ? text.toString() : text.append("  ").append(note).toString();
  }

  private String bar() {
    int full = (int) Math.min(BAR, BAR * done / total);
    String head = full < BAR ? ">" + " ".repeat(BAR - full - 1) : "";
    return "[" + "=".repeat(full) + head + "]";
  }

  private String countText(long count) {
    return bytes ? String.format(Locale.ROOT, "%.1f", count / 1e6) : Long.toString(count);
  }

  private String speedText(double perSecond) {
    if (bytes) {
      return String.format(Locale.ROOT, "%.1f MB/s", perSecond / 1e6);
    }
    return perSecond > 0 && perSecond < 1
        ? String.format(Locale.ROOT, "%.2f s/it", 1 / perSecond)
        : String.format(Locale.ROOT, "%.1f it/s", perSecond);
  }
}

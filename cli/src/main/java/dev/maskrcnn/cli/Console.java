package dev.maskrcnn.cli;

import dev.maskrcnn.detection.log.SafeText;
import java.io.PrintStream;

/**
 * Where a command prints.
 *
 * @param out results and progress
 * @param err errors and notes
 */
record Console(PrintStream out, PrintStream err) {

  /** A line that may hold names from files. */
  void line(String text) {
    out.println(SafeText.line(text));
  }

  /** Something the user should know although all goes well. */
  void note(String message) {
    err.println("maskrcnn: note: " + SafeText.line(message));
  }
}

package dev.maskrcnn.cli;

import java.io.PrintStream;

/**
 * Where a command prints.
 *
 * @param out results and progress
 * @param err errors and notes
 */
record Console(PrintStream out, PrintStream err) {

  /** Something the user should know although all goes well. */
  void note(String message) {
    err.println("maskrcnn: note: " + message);
  }
}

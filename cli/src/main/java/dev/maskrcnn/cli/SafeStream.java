package dev.maskrcnn.cli;

import dev.maskrcnn.detection.log.SafeText;
import java.io.PrintStream;

/**
 * Standard output or error on which texts cannot steer the terminal: of control characters only
 * line ends and tabs go through. Colours of help texts come as bytes and are not touched.
 */
final class SafeStream extends PrintStream {
  private final PrintStream inner;

  SafeStream(PrintStream inner) {
    super(inner);
    this.inner = inner;
  }

  @Override
  public void print(String text) {
    inner.print(text == null ? "null" : SafeText.terminal(text));
  }

  @Override
  public void print(char c) {
    print(String.valueOf(c));
  }

  @Override
  public void print(char[] text) {
    print(String.valueOf(text));
  }
}

package dev.maskrcnn.cli;

import dev.maskrcnn.MaskRcnnException;

/** Something the user gave is wrong; the message is one line. */
final class CliException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  CliException(String message) {
    super(Kind.INPUT, message);
  }

  CliException(String message, Throwable cause) {
    super(Kind.INPUT, message, cause);
  }
}

package dev.maskrcnn.detection.config;

import dev.maskrcnn.MaskRcnnException;

/**
 * A configuration, a catalog or an override is wrong. The message is one line that names the key or
 * file, what was found, what was expected and what to do.
 */
public final class ConfigException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(Kind.CONFIGURATION, oneLine(message));
  }

  /** The same, with what was thrown underneath. */
  public ConfigException(String message, Throwable cause) {
    super(Kind.CONFIGURATION, oneLine(message), cause);
  }

  /** Keys and values in a message may hold line breaks. */
  private static String oneLine(String message) {
    return message.replaceAll("\\s*\\R\\s*", " ").strip();
  }
}

package dev.maskrcnn;

/**
 * What every exception of this project is that is about a user's input or machine. The message is
 * one line for the user: it names the file, image, key or op, says what is wrong, and what to do.
 */
public abstract class MaskRcnnException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What an exception is about. */
  public enum Kind {
    /** A file, folder, address or option that the user named. */
    INPUT,
    /** A setting. */
    CONFIGURATION,
    /** Images or annotations. */
    DATA,
    /** A file of weights. */
    WEIGHTS,
    /** A device, or an op that it was asked to run. */
    DEVICE
  }

  private final Kind kind;

  /** With a message for the user. */
  protected MaskRcnnException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** The same, with the failure underneath. */
  protected MaskRcnnException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What it is about. */
  public final Kind kind() {
    return kind;
  }
}

package dev.maskrcnn.detection.voc;

/** A file of a Pascal VOC data set is missing or wrong; the message is one line and names it. */
public final class VocFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public VocFormatException(String message) {
    super(message);
  }

  public VocFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}

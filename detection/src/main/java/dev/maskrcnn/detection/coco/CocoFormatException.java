package dev.maskrcnn.detection.coco;

/** A COCO file, or a value that belongs in one, is not what the format asks for. */
public final class CocoFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CocoFormatException(String message) {
    super(message);
  }

  public CocoFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}

package dev.maskrcnn.detection.coco;

import dev.maskrcnn.MaskRcnnException;

/** A COCO file, or a value that belongs in one, is not what the format asks for. */
public final class CocoFormatException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  public CocoFormatException(String message) {
    super(Kind.DATA, message);
  }

  public CocoFormatException(String message, Throwable cause) {
    super(Kind.DATA, message, cause);
  }
}

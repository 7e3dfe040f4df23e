package dev.maskrcnn.detection.voc;

import dev.maskrcnn.MaskRcnnException;

/** A file of a Pascal VOC data set is missing or wrong; the message is one line and names it. */
public final class VocFormatException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  public VocFormatException(String message) {
    super(Kind.DATA, message);
  }

  public VocFormatException(String message, Throwable cause) {
    super(Kind.DATA, message, cause);
  }
}

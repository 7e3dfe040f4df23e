package dev.maskrcnn.detection.image;

import dev.maskrcnn.MaskRcnnException;

/** An image file that cannot be read; the message is one line and names the file. */
public final class ImageFormatException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  /** With a message of the form "file: what is wrong, got .., expected ..; what to do". */
  public ImageFormatException(String message) {
    super(Kind.DATA, message);
  }

  /** As above, with the failure of the codec or of the file system as cause. */
  public ImageFormatException(String message, Throwable cause) {
    super(Kind.DATA, message, cause);
  }
}

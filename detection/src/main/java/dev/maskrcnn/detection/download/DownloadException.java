package dev.maskrcnn.detection.download;

import dev.maskrcnn.MaskRcnnException;

/** A file could not be downloaded, checked or unpacked; the message is one line for the user. */
public final class DownloadException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  DownloadException(String message) {
    super(Kind.INPUT, message);
  }

  DownloadException(String message, Throwable cause) {
    super(Kind.INPUT, message, cause);
  }
}

package dev.maskrcnn.detection.download;

/** A file could not be downloaded, checked or unpacked; the message is one line for the user. */
public final class DownloadException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DownloadException(String message) {
    super(message);
  }

  DownloadException(String message, Throwable cause) {
    super(message, cause);
  }
}

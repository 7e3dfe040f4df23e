package dev.maskrcnn.tensor.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Says in words why a file could not be read or written. */
public final class FileFailure {
  private FileFailure() {}

  /**
   * The reason in one line. The JDK puts it into the name of the exception's class and only the
   * path into the message, which is of no use to readers who know no Java.
   */
  public static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return named(e, "does not exist");
    }
    if (e instanceof AccessDeniedException) {
      return named(e, "permission denied");
    }
    if (e instanceof FileAlreadyExistsException) {
      return named(e, "exists already and is a file");
    }
    if (e instanceof NotDirectoryException) {
      return named(e, "is not a folder");
    }
    if (e instanceof DirectoryNotEmptyException) {
      return named(e, "is not empty");
    }
    if (e.getCause() instanceof IOException cause) { // ImageIO wraps what the disk said
      return reason(cause);
    }
    if (e instanceof FileSystemException failure && failure.getReason() != null) {
      return oneLine(failure.getReason());
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : oneLine(e.getMessage());
  }

  private static String named(IOException e, String reason) {
    String file = ((FileSystemException) e).getFile();
    return file == null ? reason : oneLine(file) + " " + reason;
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}

package dev.maskrcnn.detection.predict;

import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * New and changed images in folders, as a camera or another program puts them there. Folders are
 * listed anew at each look, which also works where file systems tell of no changes.
 */
final class FolderWatch {
  private record State(long size, FileTime time) {}

  private final List<Path> folders;
  private final Map<Path, State> seen = new HashMap<>();
  private final Map<Path, State> given = new HashMap<>();

  /**
   * @throws RunException if one of them is no folder
   */
  FolderWatch(List<Path> folders) {
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new RunException(folder + ": no folder; only folders can be watched");
      }
    }
    this.folders = List.copyOf(folders);
  }

  /**
   * The images that are new or have changed since they were last given, and that are the same as at
   * the look before: what is still growing is given later. In the order of their names.
   *
   * @throws RunException if a folder cannot be listed
   */
  List<Path> settled() {
    List<Path> out = new ArrayList<>();
    for (Path folder : folders) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path file : files) {
          if (PredictionFiles.isImage(file) && isSettled(file)) {
            out.add(file);
          }
        }
      } catch (IOException e) {
        throw new RunException(folder + ": cannot be read: " + FileFailure.reason(e), e);
      }
    }
    out.sort(null);
    return out;
  }

  private boolean isSettled(Path file) throws IOException {
    State now;
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      now = new State(attributes.size(), attributes.lastModifiedTime());
    } catch (NoSuchFileException e) {
      return false; // gone since it was listed
    }
    boolean same = now.equals(seen.put(file, now));
    if (!same || now.equals(given.get(file))) {
      return false;
    }
    given.put(file, now);
    return true;
  }
}

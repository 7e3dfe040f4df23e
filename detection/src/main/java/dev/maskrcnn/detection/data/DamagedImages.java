package dev.maskrcnn.detection.data;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The images that could not be read and were left out ({@code DATALOADER.SKIP_DAMAGED}). Safe for
 * use by several threads.
 */
public final class DamagedImages {
  /** What takes the place of a damaged image in its batch. */
  public enum Instead {
    /** The next sound image of the source: a batch of training keeps its size. */
    NEXT_IMAGE,
    /** A black image of the stated size, whose result is not used. */
    BLANK
  }

  private final Consumer<String> warn;
  private final Set<Path> files = new LinkedHashSet<>();

  /**
   * @param warn is told once of each file
   */
  public DamagedImages(Consumer<String> warn) {
    this.warn = warn;
  }

  /** Notes an image, and why it cannot be used. */
  synchronized void add(ImageEntry image, RuntimeException reason) {
    if (files.add(image.file())) {
      warn.accept("left out: " + reason.getMessage());
    }
  }

  /** Whether an image was left out. */
  public synchronized boolean contains(Path file) {
    return files.contains(file);
  }

  /** How many there are so far. */
  public synchronized int count() {
    return files.size();
  }
}

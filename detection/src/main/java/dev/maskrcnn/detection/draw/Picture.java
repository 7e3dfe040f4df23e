package dev.maskrcnn.detection.draw;

import dev.maskrcnn.tensor.io.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A finished drawing.
 *
 * @param image {@code TYPE_INT_RGB}; not copied, do not draw on it
 */
public record Picture(BufferedImage image) {
  /** Checks that there is an image. */
  public Picture {
    Objects.requireNonNull(image, "image");
  }

  /**
   * Writes the picture as PNG through a temporary file and a rename; missing folders are made.
   *
   * @param file the file to make or replace
   * @return the file
   * @throws dev.maskrcnn.tensor.io.TensorFileException if it cannot be written
   */
  public Path writePng(Path file) {
    AtomicFile.writeStream(
        file,
        out -> {
          try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            if (!ImageIO.write(image, "png", stream)) {
              throw new IOException("no PNG writer for " + image);
            }
          }
        });
    return file;
  }
}

package dev.maskrcnn.detection.voc;

import dev.maskrcnn.detection.image.ImageSize;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.XMLStreamException;

/**
 * An annotation file: an image and its objects.
 *
 * @param fileName the image file, if the XML names it
 * @param size of the image, if the XML states it
 * @param objects in the order of the file
 */
public record VocAnnotation(
    Optional<String> fileName, Optional<ImageSize> size, List<VocObject> objects) {
  private static final long MAX_BYTES = 16L << 20;

  public VocAnnotation {
    objects = List.copyOf(objects);
  }

  /**
   * Reads a file.
   *
   * @throws VocFormatException if it is missing, no XML, or an object is not complete; names file
   *     and object
   */
  public static VocAnnotation read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new VocFormatException(
            "%s: %s bytes, expected at most %s for the objects of one image"
                .formatted(file, Files.size(file), MAX_BYTES));
      }
      try (InputStream in = Files.newInputStream(file)) {
        return parse(in, file.toString());
      }
    } catch (NoSuchFileException e) {
      throw new VocFormatException(
          file + ": does not exist; every image of the list needs an annotation file", e);
    } catch (IOException e) {
      throw new VocFormatException(
          "%s: cannot be read: %s".formatted(file, dev.maskrcnn.tensor.io.FileFailure.reason(e)),
          e);
    }
  }

  /**
   * Reads a stream to its end.
   *
   * @param name what error messages call it
   * @throws VocFormatException as {@link #read}
   */
  public static VocAnnotation parse(InputStream in, String name) {
    try {
      return new VocXml(in, name).read();
    } catch (XMLStreamException e) {
      throw new VocFormatException(
          "%s: is not XML at line %s, column %s: %s"
              .formatted(
                  name,
                  e.getLocation() == null ? 0 : e.getLocation().getLineNumber(),
                  e.getLocation() == null ? 0 : e.getLocation().getColumnNumber(),
                  reason(e)),
          e);
    } catch (VocFormatException e) {
      throw e;
    } catch (RuntimeException e) {
      // The JDK's parser lets some decoding errors of damaged files pass as unchecked ones.
      throw new VocFormatException(
          "%s: is not XML (%s)".formatted(name, e.getClass().getSimpleName()), e);
    }
  }

  /** The parser's words without the position that it puts before them. */
  private static String reason(XMLStreamException e) {
    String text = e.getMessage() == null ? "unreadable" : e.getMessage();
    return text.replaceFirst("(?s)^ParseError at .*?\\RMessage: ", "").replaceAll("\\s+", " ");
  }
}

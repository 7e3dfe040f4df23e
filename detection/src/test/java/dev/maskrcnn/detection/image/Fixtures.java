package dev.maskrcnn.detection.image;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The image files beside this test on the class path. */
final class Fixtures {
  private Fixtures() {}

  /** All that have recorded pixels. */
  static List<String> names() throws IOException {
    URL readme = Fixtures.class.getResource("README.md");
    if (readme == null) {
      throw new FileNotFoundException("image fixtures are not on the class path");
    }
    try (Stream<Path> files = Files.list(Path.of(readme.toURI()).getParent())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".ppm"))
          .map(name -> name.substring(0, name.length() - 4))
          .sorted()
          .toList();
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  static byte[] bytes(String name) throws IOException {
    try (InputStream in = Fixtures.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new FileNotFoundException(name);
      }
      return in.readAllBytes();
    }
  }

  /** Lines that are not comments. */
  static List<String> lines(String name) throws IOException {
    return new String(bytes(name), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  static RgbImage ppm(String name) throws IOException {
    byte[] bytes = bytes(name);
    int at = 0;
    for (int newlines = 0; newlines < 3; at++) {
      newlines += bytes[at] == '\n' ? 1 : 0;
    }
    String[] header = new String(bytes, 0, at, StandardCharsets.US_ASCII).split("\\s+");
    return new RgbImage(
        Integer.parseInt(header[1]),
        Integer.parseInt(header[2]),
        Arrays.copyOfRange(bytes, at, bytes.length));
  }
}

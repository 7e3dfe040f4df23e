package dev.maskrcnn.detection.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares with what Pillow made of the same image; the file tells how it was recorded. */
class ColorChangeTest {
  @TempDir Path folder;

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = ColorChangeTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  private RgbImage image() throws IOException {
    return ImageReader.read(Files.write(folder.resolve("colors.png"), resource("colors.png")));
  }

  static List<String> recorded() throws IOException {
    return new String(resource("colors.tsv"), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void equalsPillow(String line) throws IOException, NoSuchAlgorithmException {
    String[] columns = line.split("\t");
    ColorChange change =
        new ColorChange(ColorChange.Kind.valueOf(columns[0]), Double.parseDouble(columns[1]));
    byte[] got = change.apply(image()).pixels();
    String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(got));
    assertEquals(columns[2], hash);
  }

  @Test
  void theOriginalStaysAsItIs() throws IOException {
    RgbImage image = image();
    byte[] before = image.pixels().clone();
    new ColorChange(ColorChange.Kind.HUE, 0.3).apply(image);
    assertEquals(
        HexFormat.of().formatHex(before), HexFormat.of().formatHex(image.pixels()), "pixels");
  }
}

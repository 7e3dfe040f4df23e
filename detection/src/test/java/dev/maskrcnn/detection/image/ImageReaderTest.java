package dev.maskrcnn.detection.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Against the pixels that Pillow gives, recorded beside the fixtures (README.md there). */
class ImageReaderTest {
  @TempDir Path folder;

  static Stream<String> fixtures() throws IOException {
    return Fixtures.names().stream();
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void equalsPillow(String name) throws IOException {
    RgbImage expected = Fixtures.ppm(name + ".ppm");
    RgbImage image = ImageReader.decode(Fixtures.bytes(name), Orientation.STORED, name);
    assertEquals(ImageSize.of(expected), ImageSize.of(image), name);
    assertArrayEquals(expected.pixels(), image.pixels(), name);
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void cutOffFileIsAnErrorThatNamesIt(String name) throws IOException {
    byte[] whole = Fixtures.bytes(name);
    for (int percent : new int[] {1, 5, 20, 50, 80, 95}) {
      byte[] part = Arrays.copyOf(whole, Math.max(1, whole.length * percent / 100));
      String label = "folder/" + name;
      ImageFormatException e =
          assertThrows(
              ImageFormatException.class,
              () -> ImageReader.decode(part, label),
              name + " cut to " + percent + " %");
      assertTrue(e.getMessage().startsWith(label + ": "), e.getMessage());
      assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }
  }

  @Test
  void jpegWhoseDataEndsEarlyIsAnErrorEvenWithAnEndMarker() throws IOException {
    byte[] whole = Fixtures.bytes("ycc_420.jpg");
    byte[] cut = Arrays.copyOf(whole, whole.length - 40);
    cut[cut.length - 2] = (byte) 0xff;
    cut[cut.length - 1] = (byte) 0xd9;
    assertThrows(ImageFormatException.class, () -> ImageReader.decode(cut, "x"));
  }

  @Test
  void bytesAfterTheImageDoNotMatter() throws IOException {
    for (String name : List.of("ycc_420.jpg", "rgb.png", "rgb.bmp", "palette.gif")) {
      byte[] whole = Fixtures.bytes(name);
      byte[] longer = Arrays.copyOf(whole, whole.length + 100);
      assertArrayEquals(
          Fixtures.ppm(name + ".ppm").pixels(), ImageReader.decode(longer, name).pixels());
    }
  }

  /** Inputs that once took all memory; a FIFO would wait for ever. */
  @ParameterizedTest
  @CsvSource({
    "faults/image_bombs/bmp_703.bmp, with a JPEG inside",
    "faults/image_bombs/png_2g.bmp, with a PNG inside",
    "faults/image_bombs/screen13000.gif, cannot hold 13000x13000 pixels",
    "faults/bmp_embedded/folder/b_evil.bmp, with a PNG inside"
  })
  void smallFilesTakeNoMuchMemory(String name, String part) {
    assertMessage(TestData.path(name), part);
  }

  @Test
  void runLengthsOfABmpMustBeThere() throws IOException {
    ByteBuffer bmp = ByteBuffer.wrap(Fixtures.bytes("rgb.bmp")).order(ByteOrder.LITTLE_ENDIAN);
    bmp.putInt(30, 1).putInt(34, Integer.MAX_VALUE);
    Path file = Files.write(folder.resolve("runs.bmp"), bmp.array());
    assertMessage(file, "states 2147483647 bytes of pixels");
    bmp.putInt(30, 0).putInt(10, Integer.MAX_VALUE);
    Files.write(file, bmp.array());
    assertMessage(file, "from byte 2147483647 on");
  }

  @Test
  void aPipeIsNotAnImage() throws Exception {
    Path pipe = folder.resolve("pipe.png");
    Assumptions.assumeTrue(
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no mkfifo here");
    assertMessage(pipe, "is a pipe or device");
    assertThrows(ImageFormatException.class, () -> ImageReader.size(pipe));
  }

  @Test
  void missingEmptyAndForeignFiles() throws IOException {
    Path missing = folder.resolve("missing.jpg");
    assertMessage(missing, "no such image file");
    Path empty = Files.createFile(folder.resolve("empty.jpg"));
    assertMessage(empty, "empty");
    Path text = folder.resolve("text.png");
    Files.writeString(text, "<html>not found</html>", StandardCharsets.UTF_8);
    assertMessage(text, "unknown image format");
    assertMessage(folder, "is a folder");
  }

  private static void assertMessage(Path file, String part) {
    ImageFormatException e = assertThrows(ImageFormatException.class, () -> ImageReader.read(file));
    assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(part), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
  }

  @Test
  void formatIsToldByContentNotByName() throws IOException {
    Path file = folder.resolve("really_a_png.jpg");
    Files.write(file, Fixtures.bytes("rgb.png"));
    assertArrayEquals(Fixtures.ppm("rgb.png.ppm").pixels(), ImageReader.read(file).pixels());
  }

  @Test
  void hugeDeclaredSizeIsRejectedBeforeMemoryIsTaken() throws IOException {
    byte[] jpeg = Fixtures.bytes("ycc_444.jpg");
    int frame = indexOf(jpeg, 0xff, 0xc0);
    Arrays.fill(jpeg, frame + 5, frame + 9, (byte) 0xff);
    assertTooLarge(jpeg, "65535x65535");
    byte[] png = Fixtures.bytes("rgb.png");
    ByteBuffer.wrap(png).putInt(16, 100_000).putInt(20, 200_000);
    assertTooLarge(png, "100000x200000");
    byte[] zero = Fixtures.bytes("ycc_444.jpg");
    Arrays.fill(zero, frame + 5, frame + 9, (byte) 0);
    assertTooLarge(zero, "0x0");
  }

  private static void assertTooLarge(byte[] bytes, String size) {
    ImageFormatException e =
        assertThrows(ImageFormatException.class, () -> ImageReader.decode(bytes, "x"));
    assertTrue(e.getMessage().contains("declared size " + size), e.getMessage());
  }

  private static int indexOf(byte[] bytes, int first, int second) {
    for (int i = 0; i + 1 < bytes.length; i++) {
      if ((bytes[i] & 0xff) == first && (bytes[i + 1] & 0xff) == second) {
        return i;
      }
    }
    throw new AssertionError("marker not found");
  }

  @Test
  void damagedBytesNeverEscapeAsAnythingElse() throws IOException {
    for (String name : Fixtures.names()) {
      byte[] whole = Fixtures.bytes(name);
      for (int at = 2; at < whole.length; at += 7) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) 0xa5;
        try {
          ImageReader.decode(damaged, name);
        } catch (ImageFormatException e) {
          assertTrue(e.getMessage().startsWith(name), e.getMessage());
        }
      }
    }
  }

  /** Six photos are in the clone. */
  @Test
  void photosEqualPillow() throws IOException {
    assertEquals(6, equalPillow(TestData.path("")));
  }

  @Test
  void photosOutsideTheCloneEqualPillow() throws IOException {
    int count = equalPillow(TestData.photos(""));
    assertTrue(count > 30, "only " + count + " photos");
  }

  /** The number of images in a folder that were compared. */
  private static int equalPillow(Path folder) throws IOException {
    int count = 0;
    for (String line : Fixtures.lines("pillow_photos.tsv")) {
      String[] columns = line.split("	");
      if (Files.exists(folder.resolve(columns[0]))) {
        RgbImage image = ImageReader.read(folder.resolve(columns[0]));
        assertEquals(columns[1], crc(image), columns[0]);
        assertEquals(
            columns[2], crc(PillowBilinear.resize(image, 37, 23)), columns[0] + " resized");
        count++;
      }
    }
    return count;
  }

  static String crc(RgbImage image) {
    CRC32 crc = new CRC32();
    crc.update(image.pixels());
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }
}

package dev.maskrcnn.detection.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.data.DataException;
import dev.maskrcnn.detection.data.GroundTruth;
import dev.maskrcnn.detection.data.ImageEntry;
import dev.maskrcnn.detection.data.SampleTransform;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the words of the EXIF standard: where row 0 and column 0 of the pixels are seen. */
class OrientationTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "1, top, left",
    "2, top, right",
    "3, bottom, right",
    "4, bottom, left",
    "5, left, top",
    "6, right, top",
    "7, right, bottom",
    "8, left, bottom"
  })
  void photosAreTurnedUpright(int exif, String row, String column) throws IOException {
    for (String name : new String[] {"ycc_420.jpg", "rgb.png"}) {
      for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
        byte[] bytes = withExif(Fixtures.bytes(name), exif, order);
        RgbImage stored = Fixtures.ppm(name + ".ppm");
        RgbImage expected = seen(stored, row, column);
        Path file = Files.write(folder.resolve(name), bytes);
        RgbImage image = ImageReader.read(file);
        assertEquals(ImageSize.of(expected), ImageSize.of(image), name);
        assertArrayEquals(expected.pixels(), image.pixels(), name);
        assertEquals(ImageSize.of(expected), ImageReader.size(file));
        assertEquals(exif, ImageReader.exif(file));
        RgbImage raw = ImageReader.read(file, Orientation.STORED);
        assertArrayEquals(stored.pixels(), raw.pixels(), name);
        assertEquals(ImageSize.of(stored), ImageReader.size(file, Orientation.STORED));
      }
    }
  }

  private static RgbImage seen(RgbImage stored, String row, String column) {
    boolean turned = row.equals("left") || row.equals("right");
    int width = turned ? stored.height() : stored.width();
    int height = turned ? stored.width() : stored.height();
    byte[] out = new byte[3 * width * height];
    for (int r = 0; r < stored.height(); r++) {
      for (int c = 0; c < stored.width(); c++) {
        int[] at = {-1, -1};
        place(at, row, r, width, height);
        place(at, column, c, width, height);
        for (int k = 0; k < 3; k++) {
          out[3 * (at[1] * width + at[0]) + k] = stored.pixels()[3 * (r * stored.width() + c) + k];
        }
      }
    }
    return new RgbImage(width, height, out);
  }

  /** Row or column number {@code i}, counted from that side of what is seen. */
  private static void place(int[] at, String side, int i, int width, int height) {
    switch (side) {
      case "left" -> at[0] = i;
      case "right" -> at[0] = width - 1 - i;
      case "top" -> at[1] = i;
      default -> at[1] = height - 1 - i;
    }
  }

  @Test
  void damagedExifIsAsStored() throws IOException {
    byte[] photo = withExif(Fixtures.bytes("ycc_420.jpg"), 6, ByteOrder.BIG_ENDIAN);
    RgbImage stored = Fixtures.ppm("ycc_420.jpg.ppm");
    for (int at = 12; at < 30; at++) {
      byte[] damaged = photo.clone();
      damaged[at] = (byte) 0xee;
      RgbImage image = ImageReader.decode(damaged, "damaged");
      assertTrue(image.pixels().length == stored.pixels().length);
    }
    byte[] nine = withExif(Fixtures.bytes("ycc_420.jpg"), 9, ByteOrder.LITTLE_ENDIAN);
    assertArrayEquals(stored.pixels(), ImageReader.decode(nine, "nine").pixels());
  }

  @Test
  void annotationsOfTheStoredPixelsAreToldOfExif() throws IOException {
    byte[] photo = withExif(Fixtures.bytes("ycc_420.jpg"), 8, ByteOrder.BIG_ENDIAN);
    Path file = Files.write(folder.resolve("photo.jpg"), photo);
    ImageSize stored = ImageReader.size(file, Orientation.STORED);
    ImageSize upright = ImageReader.size(file);
    String refused = refused(file, stored, ImageReader.read(file));
    assertTrue(refused.contains("EXIF orientation 8"), refused);
    assertTrue(refused.contains("INPUT.EXIF_ORIENTATION False"), refused);
    refused = refused(file, upright, ImageReader.read(file, Orientation.STORED));
    assertTrue(refused.contains("INPUT.EXIF_ORIENTATION True"), refused);
    refused = refused(file, new ImageSize(3, 4), ImageReader.read(file));
    assertTrue(!refused.contains("EXIF"), refused);
  }

  private static String refused(Path file, ImageSize stated, RgbImage image) {
    SampleTransform transform = new SampleTransform(new ResizeRule(4, 8), Resampling.PILLOW, 1);
    return Assertions.assertThrows(
            DataException.class,
            () ->
                transform.apply(
                    new ImageEntry(1, file, stated), 0, image, GroundTruth.empty(), false))
        .getMessage();
  }

  private static byte[] withExif(byte[] file, int orientation, ByteOrder order) throws IOException {
    ByteBuffer tiff = ByteBuffer.allocate(26).order(order);
    tiff.put((order == ByteOrder.BIG_ENDIAN ? "MM" : "II").getBytes(StandardCharsets.US_ASCII));
    tiff.putShort((short) 42).putInt(8).putShort((short) 1);
    tiff.putShort((short) 0x112).putShort((short) 3).putInt(1).putShort((short) orientation);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean png = file[0] == (byte) 0x89;
    int at = png ? 33 : 2; // behind IHDR, behind SOI
    out.write(file, 0, at);
    if (png) {
      ByteBuffer chunk = ByteBuffer.allocate(12 + tiff.capacity());
      chunk.putInt(tiff.capacity()).put("eXIf".getBytes(StandardCharsets.US_ASCII));
      chunk.put(tiff.array());
      CRC32 crc = new CRC32();
      crc.update(chunk.array(), 4, 4 + tiff.capacity());
      chunk.putInt((int) crc.getValue());
      out.write(chunk.array());
    } else {
      ByteBuffer segment = ByteBuffer.allocate(10 + tiff.capacity());
      segment.putShort((short) 0xffe1).putShort((short) (8 + tiff.capacity()));
      segment.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII)).put(tiff.array());
      out.write(segment.array());
    }
    out.write(file, at, file.length - at);
    return out.toByteArray();
  }
}

package dev.maskrcnn.detection.image;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.coco.Mutations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged image files: refused in one line or read, without memory that the file cannot fill. */
class ImageFuzzTest {

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "bmp", "gif"})
  void images(String format) throws IOException {
    List<byte[]> files = new ArrayList<>();
    for (String name : Fixtures.names()) {
      if (name.endsWith("." + format)) {
        files.add(Fixtures.bytes(name));
      }
    }
    Mutations.feed(
        files, ImageFormatException.class, bytes -> ImageReader.decode(bytes, "fuzz." + format));
  }

  @Test
  void sizesThatAFileCannotFillTakeNoMemory() throws IOException {
    byte[] png = Fixtures.bytes("rgb.png");
    refuses(png, 16, Integer.MAX_VALUE, 1, "declared size 2147483647x1");
    refuses(png, 16, 12_000, 12_000, "cannot hold 12000x12000 pixels");
    byte[] bmp = Fixtures.bytes("rgb.bmp");
    refuses(bmp, 18, Integer.reverseBytes(12_000), Integer.reverseBytes(12_000), "large: ");
  }

  private static void refuses(byte[] file, int at, int width, int height, String part) {
    byte[] bytes = file.clone();
    ByteBuffer.wrap(bytes).putInt(at, width).putInt(at + 4, height);
    ImageFormatException e =
        assertThrows(ImageFormatException.class, () -> ImageReader.decode(bytes, "large"));
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }
}

package dev.maskrcnn.detection.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Both resamplers against what Pillow and PyTorch gave. */
class ResizeTest {
  private static Path goldens() {
    return TestData.path("goldens");
  }

  private static RgbImage image(HostTensor tensor) {
    return new RgbImage((int) tensor.shape()[1], (int) tensor.shape()[0], tensor.bytes());
  }

  @Test
  void pillowChecksums() throws IOException {
    for (String line : Fixtures.lines("pillow_resize.tsv")) {
      String[] c = line.split("\t");
      RgbImage source = pattern(Integer.parseInt(c[0]), Integer.parseInt(c[1]));
      RgbImage resized =
          PillowBilinear.resize(source, Integer.parseInt(c[2]), Integer.parseInt(c[3]));
      assertEquals(c[4], ImageReaderTest.crc(resized), line);
    }
  }

  private static RgbImage pattern(int width, int height) {
    byte[] out = new byte[3 * width * height];
    for (int i = 0; i < out.length; i++) {
      long z = (i * 2654435761L + 12345) & 0xffffffffL;
      out[i] = (byte) (z >> 13);
    }
    return new RgbImage(width, height, out);
  }

  @Test
  void goldenImagesOfAllCases() throws IOException {
    int compared = 0;
    List<Path> cases;
    try (Stream<Path> folders = Files.list(goldens())) {
      cases = folders.filter(f -> Files.exists(f.resolve("tensors.safetensors"))).toList();
    }
    for (Path folder : cases) {
      SafetensorsFile file = Safetensors.read(folder.resolve("tensors.safetensors"));
      for (int i = 0; i < 2; i++) {
        String name = "input/image." + i;
        if (file.tensors().containsKey(name + ".original")
            && file.tensors().containsKey(name + ".resized")) {
          RgbImage expected = image(file.tensor(name + ".resized"));
          RgbImage original = image(file.tensor(name + ".original"));
          assertArrayEquals(
              expected.pixels(),
              PillowBilinear.resize(original, expected.width(), expected.height()).pixels(),
              folder + " " + name);
          compared++;
        }
      }
    }
    assertTrue(compared >= 12, "only " + compared + " images");
  }

  @Test
  void goldenOperatorFixtures() {
    SafetensorsFile file = Safetensors.read(goldens().resolve("16_ops/tensors.safetensors"));
    RgbImage source = image(file.tensor("resize/image"));
    for (String size : List.of("11x37", "15x20", "45x60", "47x53")) {
      RgbImage pillow = image(file.tensor("resize/pil_" + size));
      ImageSize to = ImageSize.of(pillow);
      assertArrayEquals(
          pillow.pixels(), ((RgbImage) Resampling.PILLOW.resize(source, to)).pixels(), size);
      RgbImage tensor = image(file.tensor("resize/tensor_" + size));
      RgbImage actual = (RgbImage) Resampling.TENSOR_BYTES.resize(source, to);
      assertArrayEquals(tensor.pixels(), actual.pixels(), size);
    }
  }

  @Test
  void sameSizeIsTheSameObject() {
    RgbImage source = pattern(7, 5);
    for (Resampling r : Resampling.values()) {
      assertSame(source, r.resize(source, new ImageSize(7, 5)), r.name());
    }
  }

  @Test
  void constantImageStaysConstant() {
    byte[] white = new byte[3 * 9 * 7];
    java.util.Arrays.fill(white, (byte) 255);
    RgbImage source = new RgbImage(9, 7, white);
    for (int side = 1; side < 40; side++) {
      for (byte b : PillowBilinear.resize(source, side, 41 - side).pixels()) {
        assertEquals(-1, b);
      }
      for (float f : TensorBilinear.resize(source, side, 41 - side).pixels()) {
        assertEquals(255f, f, 1e-4f);
      }
    }
  }

  @Test
  void flipReversesColumns() {
    RgbImage source = new RgbImage(3, 1, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
    assertArrayEquals(new byte[] {7, 8, 9, 4, 5, 6, 1, 2, 3}, source.flipped().pixels());
    RgbImage two = pattern(5, 4);
    assertArrayEquals(two.pixels(), two.flipped().flipped().pixels());
    FloatImage floats = new FloatImage(2, 1, new float[] {1, 2, 3, 4, 5, 6});
    assertArrayEquals(new float[] {4, 5, 6, 1, 2, 3}, floats.flipped().pixels());
  }

  @Test
  void impossibleSizesAreRejected() {
    RgbImage source = pattern(2, 2);
    assertThrows(IllegalArgumentException.class, () -> PillowBilinear.resize(source, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> TensorBilinear.resize(source, 1, -1));
    assertThrows(IllegalArgumentException.class, () -> new RgbImage(2, 2, new byte[11]));
    assertThrows(IllegalArgumentException.class, () -> new FloatImage(0, 2, new float[0]));
  }
}

package dev.maskrcnn.detection.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.Resampling;
import dev.maskrcnn.detection.image.ResizeRule;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImageBatchTest {
  private static final PixelNormalization PLAIN =
      new PixelNormalization(new float[3], new float[] {1, 1, 1}, true);

  private static Sample sample(int width, int height, int value) {
    byte[] pixels = new byte[3 * width * height];
    Arrays.fill(pixels, (byte) value);
    RgbImage image = new RgbImage(width, height, pixels);
    return new Sample(
        ImageEntry.of(1, Path.of("x.png"), image), 0, image, GroundTruth.empty(), false);
  }

  @Test
  void detectron2Padding() throws IOException {
    JsonNode json = TestData.json("cases/detectron2/image_list_padding.json");
    int divisor = json.get("inputs").get("divisor").asInt();
    for (int i = 0; i < 2; i++) {
      List<Sample> samples = new ArrayList<>();
      for (JsonNode chw : json.get("inputs").get("cases").get(i)) {
        samples.add(sample(chw.get(2).asInt(), chw.get(1).asInt(), 9));
      }
      ImageBatch batch = ImageBatch.of(samples, PLAIN, divisor);
      JsonNode shape = json.get("expected").get("tensor_shape").get(i);
      assertEquals(shape.get(0).asInt(), batch.count());
      assertEquals(new ImageSize(shape.get(3).asInt(), shape.get(2).asInt()), batch.size());
      JsonNode sizes = json.get("expected").get("image_sizes").get(i);
      for (int k = 0; k < batch.count(); k++) {
        assertEquals(sizes.get(k).get(0).asInt(), batch.imageSizes()[2 * k]);
        assertEquals(sizes.get(k).get(1).asInt(), batch.imageSizes()[2 * k + 1]);
      }
    }
  }

  @Test
  void paddingIsZeroToTheRightAndBelow() {
    ImageBatch batch = ImageBatch.of(List.of(sample(2, 1, 7), sample(1, 3, 5)), PLAIN, 0);
    assertEquals(new ImageSize(2, 3), batch.size());
    float[] expected = new float[2 * 3 * 2 * 3];
    Arrays.fill(expected, 0, 6, 7f);
    for (int y = 0; y < 3; y++) {
      Arrays.fill(expected, 18 + 6 * y, 18 + 6 * y + 3, 5f);
    }
    assertArrayEquals(expected, batch.pixels(), 1e-5f);
  }

  @Test
  void channelOrder() {
    RgbImage image = new RgbImage(1, 1, new byte[] {(byte) 255, 0, 51});
    Sample one =
        new Sample(ImageEntry.of(1, Path.of("x"), image), 0, image, GroundTruth.empty(), false);
    PixelNormalization bgr =
        new PixelNormalization(new float[] {1, 2, 3}, new float[] {1, 2, 4}, true);
    assertArrayEquals(
        new float[] {50, -1, 63}, ImageBatch.of(List.of(one), bgr, 1).pixels(), 1e-4f);
    PixelNormalization rgb =
        new PixelNormalization(new float[] {0.5f, 0, 0.1f}, new float[] {0.5f, 1, 0.1f}, false);
    assertArrayEquals(new float[] {1, 0, 1}, ImageBatch.of(List.of(one), rgb, 1).pixels(), 1e-6f);
  }

  /** A byte image and the same in floats normalise alike. */
  @Test
  void bytesAndFloatsAgree() {
    byte[] bytes = new byte[3 * 256];
    float[] floats = new float[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 7);
      floats[i] = bytes[i] & 0xff;
    }
    RgbImage image = new RgbImage(16, 16, bytes);
    ImageEntry entry = ImageEntry.of(1, Path.of("x"), image);
    for (PixelNormalization n :
        List.of(PixelNormalization.caffe2(), PixelNormalization.torchvision())) {
      float[] a =
          ImageBatch.of(List.of(new Sample(entry, 0, image, GroundTruth.empty(), false)), n, 32)
              .pixels();
      Sample wide =
          new Sample(
              entry,
              0,
              new dev.maskrcnn.detection.image.FloatImage(16, 16, floats),
              GroundTruth.empty(),
              false);
      assertArrayEquals(a, ImageBatch.of(List.of(wide), n, 32).pixels(), 3e-5f);
    }
  }

  @Test
  void sizesThatCannotBeAreRejected() {
    assertThrows(DataException.class, () -> ImageBatch.of(List.of(), PLAIN, 0));
    List<Sample> many = java.util.Collections.nCopies(800, sample(1000, 1000, 1));
    DataException e = assertThrows(DataException.class, () -> ImageBatch.of(many, PLAIN, 32));
    assertTrue(e.getMessage().contains("fewer images"), e.getMessage());
    assertThrows(
        DataException.class,
        () -> new PixelNormalization(new float[3], new float[] {1, 0, 1}, true));
    assertThrows(
        DataException.class, () -> new PixelNormalization(new float[2], new float[3], true));
  }

  @Test
  void imageOfAnotherSizeThanAnnotatedIsRejected() {
    RgbImage image = new RgbImage(2, 1, new byte[6]);
    ImageEntry rotated = new ImageEntry(77, Path.of("photo.jpg"), new ImageSize(1, 2));
    SampleTransform transform = new SampleTransform(new ResizeRule(4, 8), Resampling.PILLOW, 1);
    DataException e =
        assertThrows(
            DataException.class,
            () -> transform.apply(rotated, 0, image, GroundTruth.empty(), false));
    assertTrue(e.getMessage().startsWith("photo.jpg: image 77 is 2x1"), e.getMessage());
  }

  @Test
  void flipMovesPixelsAndTargetsAlike() {
    byte[] pixels = new byte[3 * 8 * 4];
    Arrays.fill(pixels, 3 * 2, 3 * 4, (byte) 200); // columns 2 and 3 of row 0
    RgbImage image = new RgbImage(8, 4, pixels);
    GroundTruth targets =
        new GroundTruthBuilder().add(new float[] {2, 0, 3, 0.5f}, 1, List.of()).build();
    SampleTransform transform = new SampleTransform(new ResizeRule(4, 8), Resampling.PILLOW, 1);
    Sample flipped =
        transform.apply(ImageEntry.of(1, Path.of("x"), image), 0, image, targets, true);
    assertArrayEquals(new float[] {4, 0, 5, 0.5f}, flipped.targets().boxes());
    byte[] out = ((RgbImage) flipped.pixels()).pixels();
    for (int x = 0; x < 8; x++) {
      assertEquals(x == 4 || x == 5 ? (byte) 200 : 0, out[3 * x]);
    }
    assertTrue(flipped.flipped());
  }
}

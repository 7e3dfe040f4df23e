package dev.maskrcnn.detection.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.image.ResizeRule.Rounding;
import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sizes that the original systems gave. */
class ResizeRuleTest {
  @ParameterizedTest
  @CsvSource({
    "640, 480, 1066, 800", "480, 640, 800, 1066", "640, 427, 1199, 800", "500, 333, 1201, 800",
    "640, 359, 1333, 748", "640, 200, 1334, 417", "640, 640, 800, 800", "1333, 800, 1333, 800",
    "500, 375, 1066, 800"
  })
  void maskrcnnBenchmark(int width, int height, int newWidth, int newHeight) {
    assertEquals(
        new ImageSize(newWidth, newHeight), new ResizeRule(800, 1333).apply(width, height));
  }

  @Test
  void recordedSizes() throws IOException {
    int rows = 0;
    for (JsonNode row : TestData.json("goldens/16_ops/case.json").get("resize_rule")) {
      ResizeRule rule = new ResizeRule(row.get(2).asInt(), row.get(3).asInt());
      assertEquals(
          new ImageSize(row.get(5).asInt(), row.get(4).asInt()),
          rule.apply(row.get(0).asInt(), row.get(1).asInt()),
          row.toString());
      rows++;
    }
    assertEquals(39, rows);
  }

  @Test
  void noSideBecomesZero() {
    for (Rounding rounding : Rounding.values()) {
      for (int[] wh : new int[][] {{1, 1}, {10_000, 20}, {20, 10_000}, {1, 30_000}, {30_000, 1}}) {
        ImageSize size = new ResizeRule(800, 1333, rounding).apply(wh[0], wh[1]);
        assertTrue(size.width() >= 1 && size.height() >= 1, rounding + " " + size);
      }
    }
    // 1333 * 20 / 10000 = 2.666 rounds to 3; 3 * 10000 / 20 = 1500
    assertEquals(new ImageSize(1500, 3), new ResizeRule(800, 1333).apply(10_000, 20));
    assertEquals(new ImageSize(800, 800), new ResizeRule(800, 1333).apply(1, 1));
  }

  /** ResizeShortestEdge: (640, 427) scales by 800/427 to 1199.06; (640, 200) is bound by 1333. */
  @ParameterizedTest
  @CsvSource({
    "640, 480, 1067, 800",
    "480, 640, 800, 1067",
    "640, 427, 1199, 800",
    "640, 200, 1333, 417",
    "640, 640, 800, 800"
  })
  void detectron2(int width, int height, int newWidth, int newHeight) {
    assertEquals(
        new ImageSize(newWidth, newHeight),
        new ResizeRule(800, 1333, Rounding.DETECTRON2).apply(width, height));
  }

  /** Sizes that torchvision 0.14.1 gave; 800/375 becomes 799, but 800/480 does not. */
  @ParameterizedTest
  @CsvSource({
    "640, 480, 1066, 800",
    "640, 640, 800, 800",
    "640, 320, 1333, 666",
    "500, 375, 1066, 799",
    "634, 640, 800, 807",
    "640, 559, 915, 799",
    "427, 640, 799, 1199"
  })
  void torchvision(int width, int height, int newWidth, int newHeight) {
    assertEquals(
        new ImageSize(newWidth, newHeight),
        new ResizeRule(800, 1333, Rounding.TORCHVISION_FLOAT).apply(width, height));
  }

  /** Sizes of 45 photos and 355 random images that torchvision 0.29.1 gave. */
  @Test
  void torchvisionSince028() throws IOException {
    JsonNode sizes = TestData.json("cases/torchvision/image_sizes_0.29.1.json").get("sizes");
    assertEquals(400, sizes.size());
    for (JsonNode row : sizes) {
      ResizeRule rule =
          new ResizeRule(row.get(2).asInt(), row.get(3).asInt(), Rounding.TORCHVISION);
      assertEquals(
          new ImageSize(row.get(4).asInt(), row.get(5).asInt()),
          rule.apply(row.get(0).asInt(), row.get(1).asInt()),
          row.toString());
    }
  }

  @Test
  void invalidBoundsAreRejected() {
    assertThrows(IllegalArgumentException.class, () -> new ResizeRule(0, 10));
    assertThrows(IllegalArgumentException.class, () -> new ResizeRule(10, 0));
  }

  /** The original's get_size for min_size 20, max_size 10, by hand: the longer side becomes 10. */
  @Test
  void theLargestSizeWinsOverTheSmallest() {
    assertEquals(new ImageSize(10, 5), new ResizeRule(20, 10).apply(100, 50));
    assertEquals(new ImageSize(10, 10), new ResizeRule(20, 10).apply(64, 64));
  }
}

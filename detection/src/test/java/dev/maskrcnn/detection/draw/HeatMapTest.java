package dev.maskrcnn.detection.draw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class HeatMapTest {

  @Test
  void endsOfTheScaleAndWhatIsNotFinite() {
    float[] values = {0, 10, -5, 99, Float.NaN, 5};
    BufferedImage map = HeatMap.of(values, 3, 2, 0, 10);
    assertEquals(0x440154, map.getRGB(0, 0) & 0xffffff);
    assertEquals(0xfde725, map.getRGB(1, 0) & 0xffffff);
    assertEquals(0x440154, map.getRGB(2, 0) & 0xffffff, "below");
    assertEquals(0xfde725, map.getRGB(0, 1) & 0xffffff, "above");
    assertEquals(0xffffff, map.getRGB(1, 1) & 0xffffff);
    assertEquals(0x21918c, map.getRGB(2, 1) & 0xffffff, "the middle of viridis");
  }

  /** It has to read in grey too. */
  @Test
  void brighterAllTheWay() {
    double last = -1;
    for (int i = 0; i <= 100; i++) {
      int c = HeatMap.color(i / 100.0);
      double light = 0.299 * (c >> 16 & 255) + 0.587 * (c >> 8 & 255) + 0.114 * (c & 255);
      assertTrue(light > last, "at " + i);
      last = light;
    }
  }
}

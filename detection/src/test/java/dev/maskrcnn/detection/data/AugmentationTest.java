package dev.maskrcnn.detection.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.image.RgbImage;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AugmentationTest {
  private static final long SEED = 20261201;

  private static RgbImage noise(int width, int height) {
    byte[] pixels = new byte[3 * width * height];
    new Random(SEED).nextBytes(pixels);
    return new RgbImage(width, height, pixels);
  }

  @Test
  void upsideDownTurnsPixelsBoxesAndPolygonsAlike() {
    RgbImage image = noise(5, 7);
    RgbImage turned = image.upsideDown();
    for (int y = 0; y < 7; y++) {
      for (int i = 0; i < 15; i++) {
        assertEquals(image.pixels()[15 * y + i], turned.pixels()[15 * (6 - y) + i]);
      }
    }
    GroundTruth truth =
        new GroundTruth(
            new float[] {1, 2, 3, 5},
            new int[] {4},
            new PolygonSet(new float[] {1, 2, 3, 2, 3, 5}, new int[] {0, 6}, new int[] {0}));
    GroundTruth inclusive = truth.upsideDown(7, 1);
    assertArrayEquals(new float[] {1, 1, 3, 4}, inclusive.boxes());
    assertArrayEquals(new float[] {1, 4, 3, 4, 3, 1}, inclusive.polygons().coords());
    assertArrayEquals(new float[] {1, 2, 3, 5}, truth.upsideDown(7, 0).boxes());
    assertArrayEquals(truth.boxes(), inclusive.upsideDown(7, 1).boxes());
  }

  @Test
  void drawsDependOnSeedEpochAndIndexOnly() {
    Augmentation strong = new Augmentation(0.5, 0.5, 0.4, 0.4, 0.4, 0.2);
    RgbImage image = noise(9, 4);
    byte[] first = strong.colors(image, new DataRandom(SEED, 3), 7).pixels();
    assertArrayEquals(first, strong.colors(image, new DataRandom(SEED, 3), 7).pixels());
    assertFalse(Arrays.equals(first, strong.colors(image, new DataRandom(SEED, 3), 8).pixels()));
    assertFalse(Arrays.equals(first, strong.colors(image, new DataRandom(SEED, 4), 7).pixels()));
  }

  @Test
  void flipsComeAsOftenAsAskedFor() {
    Augmentation quarter = new Augmentation(0, 0.25, 0, 0, 0, 0);
    DataRandom random = new DataRandom(SEED, 0);
    int turned = 0;
    for (int i = 0; i < 4000; i++) {
      turned += quarter.flipsVertically(random, i) ? 1 : 0;
      assertFalse(quarter.flips(random, i));
    }
    assertTrue(Math.abs(turned - 1000) < 120, turned + " of 4000");
  }

  @Test
  void withoutAugmentationTheImageIsTheSameObject() {
    RgbImage image = noise(3, 3);
    assertEquals(image, Augmentation.NONE.colors(image, new DataRandom(SEED, 0), 0));
  }
}

package dev.maskrcnn.detection.coco;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MaskTracerTest {
  private static byte[] bits(String... rows) {
    String all = String.join("", rows);
    byte[] out = new byte[all.length()];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) (all.charAt(i) == '#' ? 1 : 0);
    }
    return out;
  }

  @Test
  void rectangleHasFourCorners() {
    List<double[]> parts = MaskTracer.trace(bits(".....", ".###.", ".###.", "....."), 4, 5);
    assertEquals(1, parts.size());
    assertArrayEquals(new double[] {1, 1, 4, 1, 4, 3, 1, 3}, parts.get(0));
  }

  @Test
  void holeHangsOnABridge() {
    List<double[]> parts = MaskTracer.trace(bits("###", "#.#", "###"), 3, 3);
    assertEquals(1, parts.size());
    // Four corners of the outline, four of the hole, both ends of the bridge, there and back.
    assertEquals(Polygons.area(parts.get(0)), 8);
    assertEquals(10, parts.get(0).length / 2);
  }

  @Test
  void diagonalPixelsAreTwoComponents() {
    assertEquals(2, MaskTracer.trace(bits("#.", ".#"), 2, 2).size());
  }

  @Test
  void emptyMaskHasNoPolygon() {
    assertTrue(MaskTracer.trace(new Rle(3, 4, new int[] {12})).isEmpty());
  }

  @Test
  void randomMasksComeBackExactly() {
    long seed = 7;
    Random random = new Random(seed);
    for (int i = 0; i < 4000; i++) {
      int height = 1 + random.nextInt(18);
      int width = 1 + random.nextInt(18);
      byte[] mask = new byte[height * width];
      double density = random.nextDouble();
      for (int p = 0; p < mask.length; p++) {
        mask[p] = (byte) (random.nextDouble() < density ? 1 : 0);
      }
      assertComesBack(mask, height, width, "seed " + seed + ", mask " + i);
    }
  }

  @Test
  void ringsInsideOfRingsComeBackExactly() {
    int size = 41;
    byte[] mask = new byte[size * size];
    for (int p = 0; p < mask.length; p++) {
      int ring = Math.max(Math.abs(p / size - size / 2), Math.abs(p % size - size / 2));
      mask[p] = (byte) (ring / 3 % 2);
    }
    assertComesBack(mask, size, size, "rings");
  }

  /** Each polygon is one component of the mask, and together they are the mask. */
  private static void assertComesBack(byte[] mask, int height, int width, String where) {
    List<double[]> parts = MaskTracer.trace(mask, height, width);
    int[] labels = components(mask, height, width);
    byte[] union = new byte[mask.length];
    int component = 0;
    for (double[] part : parts) {
      component++;
      byte[] expected = new byte[mask.length];
      for (int p = 0; p < mask.length; p++) {
        expected[p] = (byte) (labels[p] == component ? 1 : 0);
      }
      byte[] drawn = Rle.fromPolygon(part, height, width).decode();
      assertArrayEquals(expected, drawn, where);
      for (int p = 0; p < mask.length; p++) {
        union[p] |= drawn[p];
      }
    }
    assertArrayEquals(mask, union, where);
    assertEquals(Arrays.stream(labels).max().orElse(0), parts.size(), where);
  }

  /** 4-connected components, numbered by their first pixels, found by spreading labels. */
  private static int[] components(byte[] mask, int height, int width) {
    int[] first = new int[mask.length];
    for (int p = 0; p < first.length; p++) {
      first[p] = mask[p] == 0 ? -1 : p;
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int p = 0; p < first.length; p++) {
        int[] neighbours = {
          p % width > 0 ? p - 1 : p,
          p % width < width - 1 ? p + 1 : p,
          p >= width ? p - width : p,
          p < mask.length - width ? p + width : p
        };
        for (int q : neighbours) {
          if (first[p] >= 0 && first[q] >= 0 && first[q] < first[p]) {
            first[p] = first[q];
            changed = true;
          }
        }
      }
    }
    int[] out = new int[mask.length];
    int components = 0;
    for (int p = 0; p < out.length; p++) {
      if (first[p] == p) {
        out[p] = ++components;
      } else if (first[p] >= 0) {
        out[p] = out[first[p]];
      }
    }
    return out;
  }
}

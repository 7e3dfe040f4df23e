package dev.maskrcnn.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Against the known answers of Random123 1.14, file kat_vectors, philox4x32 with 10 rounds. */
class PhiloxTest {

  private static long pair(int low, int high) {
    return (low & 0xffffffffL) | (long) high << 32;
  }

  private static int[] words(int[] counter, int[] key) {
    Philox p = new Philox(pair(key[0], key[1]), pair(counter[2], counter[3]));
    return p.words(pair(counter[0], counter[1]));
  }

  @Test
  void zeros() {
    int[] expected = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    assertArrayEquals(expected, words(new int[4], new int[2]));
    Philox p = new Philox(0, 0);
    for (int i = 0; i < 4; i++) {
      assertEquals(expected[i], p.bits(i), "word " + i);
    }
  }

  @Test
  void ones() {
    assertArrayEquals(
        new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        words(new int[] {-1, -1, -1, -1}, new int[] {-1, -1}));
  }

  @Test
  void digitsOfPi() {
    assertArrayEquals(
        new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
        words(
            new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
            new int[] {0xa4093822, 0x299f31d0}));
  }

  @Test
  void elementsDependOnIndexOnly() {
    Philox forwards = new Philox(7, 3);
    Philox backwards = new Philox(7, 3);
    int[] bits = new int[64];
    for (int i = 0; i < 64; i++) {
      bits[i] = forwards.bits(i);
    }
    for (int i = 63; i >= 0; i--) {
      assertEquals(bits[i], backwards.bits(i), "element " + i);
    }
    assertNotEquals(bits[0], new Philox(7, 4).bits(0));
    assertNotEquals(bits[0], new Philox(8, 3).bits(0));
  }

  @Test
  void uniformAndNormalHaveTheirMoments() {
    Philox p = new Philox(1, 2);
    int n = 100_000;
    double sum = 0;
    double normalSum = 0;
    double normalSquares = 0;
    for (int i = 0; i < n; i++) {
      float u = p.uniform(i);
      assertTrue(u >= 0 && u < 1, "uniform " + u);
      sum += u;
      double z = p.normal(i);
      normalSum += z;
      normalSquares += z * z;
    }
    assertEquals(0.5, sum / n, 5 * 0.289 / Math.sqrt(n));
    assertEquals(0, normalSum / n, 5 / Math.sqrt(n));
    assertEquals(1, normalSquares / n, 5 * 1.414 / Math.sqrt(n));
  }
}

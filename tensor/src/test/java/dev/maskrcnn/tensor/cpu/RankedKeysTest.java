package dev.maskrcnn.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankedKeysTest {
  private static int[] expected(int[] keys, int k) {
    return IntStream.range(0, keys.length)
        .boxed()
        .sorted(
            Comparator.comparing((Integer i) -> Integer.toUnsignedLong(keys[i]))
                .reversed()
                .thenComparing(Comparator.naturalOrder()))
        .limit(k)
        .mapToInt(i -> i)
        .toArray();
  }

  @Test
  void selectsAsASortDoes() {
    Random random = new Random(5);
    for (int bits : new int[] {1, 4, 10, 11, 12, 21, 22, 23, 32}) {
      int[] keys = random.ints(3000).map(i -> i >>> 32 - bits << random.nextInt(2)).toArray();
      for (int k : new int[] {0, 1, 2, 100, 1500, 2999, 3000, 5000}) {
        RankedKeys ranked = new RankedKeys(keys.length);
        for (int i = 0; i < keys.length; i++) {
          ranked.add(keys[i], i);
        }
        ranked.keepLargest(k);
        int[] wanted = expected(keys, k);
        assertArrayEquals(wanted, ranked.descending(), bits + " bits, " + k);
        assertArrayEquals(IntStream.of(wanted).sorted().toArray(), ranked.ascending());
      }
    }
  }

  @Test
  void keysOrderAsScores() {
    float[] ascending = {
      Float.NEGATIVE_INFINITY, -3f, -Float.MIN_VALUE, 0f, Float.MIN_VALUE, 1f, 1.0000001f, 9e30f
    };
    for (int i = 1; i < ascending.length; i++) {
      int order =
          Integer.compareUnsigned(RankedKeys.key(ascending[i - 1]), RankedKeys.key(ascending[i]));
      assertEquals(-1, Integer.signum(order), "at " + i);
    }
    assertEquals(RankedKeys.key(0f), RankedKeys.key(-0f));
    assertEquals(0, RankedKeys.key(Float.NaN));
  }
}

package dev.maskrcnn.tensor.reference;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Orders by score. */
final class Ranking {
  private Ranking() {}

  /** Indices by descending score; equal scores by ascending index. */
  static int[] descending(double[] scores) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -(scores[i] + 0.0)))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** The part {@code from … from+length−1} of an array. */
  static double[] row(double[] a, int from, int length) {
    return Arrays.copyOfRange(a, from, from + length);
  }
}

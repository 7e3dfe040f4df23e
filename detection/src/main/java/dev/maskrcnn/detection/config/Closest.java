package dev.maskrcnn.detection.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Finds the names a person may have meant, by edit distance. */
final class Closest {
  private static final int MOST = 4;

  private Closest() {}

  /**
   * The candidates nearest to {@code given}, at most four, sorted; empty only without candidates.
   *
   * <p>A candidate is compared without leading parts that {@code given} does not have, so that
   * {@code MAX_ITERS} finds {@code SOLVER.MAX_ITER}. Candidates with the very same last part win.
   *
   * @param separator between the parts of a name
   */
  static List<String> to(String given, Collection<String> candidates, char separator) {
    String wanted = given.toUpperCase(Locale.ROOT);
    List<String> best = new ArrayList<>();
    int least = Integer.MAX_VALUE;
    for (String candidate : candidates) {
      String name = candidate.toUpperCase(Locale.ROOT);
      int distance = distance(wanted, tail(name, parts(wanted, separator), separator));
      if (!tail(name, 1, separator).equals(tail(wanted, 1, separator))) {
        distance += 1000;
      }
      if (distance < least) {
        least = distance;
        best.clear();
      }
      if (distance == least) {
        best.add(candidate);
      }
    }
    return best.stream().sorted().limit(MOST).toList();
  }

  /** The same as the end of a sentence: {@code did you mean A or B?} */
  static String question(List<String> names) {
    return names.isEmpty() ? "" : "did you mean " + String.join(" or ", names) + "?";
  }

  private static int parts(String name, char separator) {
    return 1 + (int) name.chars().filter(c -> c == separator).count();
  }

  private static String tail(String name, int parts, char separator) {
    int from = name.length();
    for (int i = 0; i < parts && from >= 0; i++) {
      from = name.lastIndexOf(separator, from - 1);
    }
    return name.substring(from + 1);
  }

  /** Insertions, deletions, substitutions and swaps of neighbours, one each. */
  static int distance(String a, String b) {
    int[] before = new int[b.length() + 1];
    int[] above = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, Math.min(above[j], row[j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], before[j - 2] + 1);
        }
      }
      int[] free = before;
      before = above;
      above = row;
      row = free;
    }
    return above[b.length()];
  }
}

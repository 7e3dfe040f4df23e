package dev.maskrcnn.detection.inspect;

import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.tensor.io.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * In what two files of weights differ. The prefix {@code module.} of data-parallel training does
 * not count as part of a name.
 *
 * @param onlyFirst names that only the first file has
 * @param onlySecond names that only the second file has
 * @param pairs of the names that both have, in the order of the first
 */
public record WeightsComparison(List<String> onlyFirst, List<String> onlySecond, List<Pair> pairs) {
  public WeightsComparison {
    onlyFirst = List.copyOf(onlyFirst);
    onlySecond = List.copyOf(onlySecond);
    pairs = List.copyOf(pairs);
  }

  /**
   * A tensor that both files have.
   *
   * @param name of it
   * @param first its type and shape in the first file
   * @param second likewise in the second
   * @param comparable whether the shapes are the same
   * @param largest difference of an element, NaN if one is not a number where the other is; 0 if
   *     not comparable
   * @param relative norm of the difference by the norm of the first (by 1 if that is 0)
   */
  public record Pair(
      String name,
      String first,
      String second,
      boolean comparable,
      double largest,
      double relative) {

    /** Same shape and same values; the type may be another. */
    public boolean same() {
      return comparable && largest == 0;
    }
  }

  /** Compares; values are compared in double precision. */
  public static WeightsComparison of(WeightFile first, WeightFile second) {
    Map<String, HostTensor> a = first.unwrapped();
    Map<String, HostTensor> b = second.unwrapped();
    List<Pair> pairs = new ArrayList<>();
    a.forEach(
        (name, tensor) -> {
          if (b.containsKey(name)) {
            pairs.add(pair(name, tensor, b.get(name)));
          }
        });
    return new WeightsComparison(
        a.keySet().stream().filter(name -> !b.containsKey(name)).toList(),
        b.keySet().stream().filter(name -> !a.containsKey(name)).toList(),
        pairs);
  }

  /** What concerns tensors whose names contain a text. */
  public WeightsComparison only(String text) {
    return new WeightsComparison(
        onlyFirst.stream().filter(name -> name.contains(text)).toList(),
        onlySecond.stream().filter(name -> name.contains(text)).toList(),
        pairs.stream().filter(p -> p.name().contains(text)).toList());
  }

  /** Whether names, shapes and values are the same. */
  public boolean same() {
    return onlyFirst.isEmpty() && onlySecond.isEmpty() && pairs.stream().allMatch(Pair::same);
  }

  private static Pair pair(String name, HostTensor a, HostTensor b) {
    boolean comparable = Arrays.equals(a.shape(), b.shape());
    double largest = 0;
    double squares = 0;
    double norm = 0;
    if (comparable) {
      double[] x = a.doubles();
      double[] y = b.doubles();
      for (int i = 0; i < x.length; i++) {
        if (Double.compare(x[i], y[i]) != 0) {
          double d = Math.abs(x[i] - y[i]);
          largest = Math.max(largest, d);
          squares += d * d;
        }
        norm += x[i] * x[i];
      }
    }
    double relative = Math.sqrt(squares) / (norm > 0 ? Math.sqrt(norm) : 1);
    return new Pair(name, text(a), text(b), comparable, largest, relative);
  }

  private static String text(HostTensor t) {
    return t.type() + " " + Arrays.toString(t.shape());
  }
}

package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Finds the first op whose result is not finite, forward or backward, and says whether the op made
 * the NaN or was given it. Every result is read back after every op, so a step takes several times
 * as long; for hunting, not for training. Listen with it on a device: {@code device.listen(new
 * AnomalyDetector(…))}.
 */
public final class AnomalyDetector implements OpListener {
  private final Function<Storage, Optional<String>> names;
  private boolean reading;

  /**
   * @param names what a piece of memory is called, for messages: a parameter's name, say
   */
  public AnomalyDetector(Function<Storage, Optional<String>> names) {
    this.names = names;
  }

  /**
   * Checks the results of an op, and the inputs that it overwrites.
   *
   * @throws AnomalyException naming op, module path, shapes, and the inputs with their ranges
   */
  @Override
  public void ran(Op op, List<Tensor> inputs, List<Tensor> outputs, long nanos, String path) {
    if (reading) {
      return;
    }
    for (int i = 0; i < outputs.size(); i++) {
      require(op, "output " + i, outputs.get(i), inputs, path);
    }
    for (int i : op.mutates()) {
      require(op, "input " + i + ", which it overwrites,", inputs.get(i), List.of(), path);
    }
  }

  private void require(Op op, String which, Tensor result, List<Tensor> inputs, String path) {
    Content content = content(result);
    if (content.finite()) {
      return;
    }
    StringBuilder text = new StringBuilder();
    text.append(op.label()).append(path.isEmpty() ? "" : " at " + path).append(": ");
    text.append(which).append(' ').append(named(result)).append(' ').append(content);
    List<String> guilty = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      Content given = content(inputs.get(i));
      text.append("; input ").append(i).append(' ').append(named(inputs.get(i)));
      text.append(' ').append(given);
      if (!given.finite()) {
        guilty.add("input " + i);
      }
    }
    text.append(
        guilty.isEmpty()
            ? ". All that the op was given is finite, so it came up here"
            : ". It came in with " + String.join(", ", guilty));
    throw new AnomalyException(text.toString());
  }

  private String named(Tensor t) {
    return names.apply(t.storage()).map(name -> "(" + name + ") ").orElse("") + t.spec();
  }

  /** What is in a tensor. */
  private record Content(long nan, long infinite, String first, double least, double most) {
    static final Content NO_FLOATS = new Content(0, 0, "", 0, 0);

    boolean finite() {
      return nan == 0 && infinite == 0;
    }

    @Override
    public String toString() {
      if (this == NO_FLOATS) {
        return "(no floats)";
      }
      return finite()
          ? String.format(Locale.ROOT, "in [%.4g, %.4g]", least, most)
          : "has " + nan + " NaN and " + infinite + " infinite values, the first at " + first;
    }
  }

  private Content content(Tensor t) {
    if (!t.spec().dtype().isFloat() || t.spec().shape().size() == 0) {
      return Content.NO_FLOATS;
    }
    double[] values = values(t);
    long nan = 0;
    long infinite = 0;
    int first = -1;
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < values.length; i++) {
      double v = values[i];
      if (Double.isFinite(v)) {
        least = Math.min(least, v);
        most = Math.max(most, v);
      } else {
        nan += Double.isNaN(v) ? 1 : 0;
        infinite += Double.isNaN(v) ? 0 : 1;
        first = first < 0 ? i : first;
      }
    }
    return new Content(nan, infinite, position(t.shape(), first), least, most);
  }

  /** Halves are widened by the device itself. */
  private double[] values(Tensor t) {
    DType type = t.spec().dtype();
    if (type == DType.F32 || type == DType.F64) {
      return t.toDoubles();
    }
    reading = true;
    Frame frame = t.device().push("anomaly detector");
    try (frame) {
      return t.device().dispatch(new Cast(DType.F32), List.of(t)).get(0).toDoubles();
    } finally {
      reading = false;
    }
  }

  private static String position(Shape shape, int flat) {
    if (flat < 0) {
      return "";
    }
    int[] index = new int[shape.rank()];
    int rest = flat;
    for (int d = shape.rank() - 1; d >= 0; d--) {
      index[d] = rest % shape.dim(d);
      rest /= shape.dim(d);
    }
    return Arrays.toString(index);
  }
}

package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.OpCase;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares derivative rules with central differences, in F64. With a random seed gradient c and a
 * random direction u for one input, {@code ⟨gradient, u⟩} must equal {@code d/dt ⟨c, f(x + t·u)⟩}:
 * two evaluations per input, whatever its size. If they differ, every element is checked by itself
 * so that the message names the worst.
 */
public final class GradCheck {

  /** The function under test; it must not keep state between calls. */
  @FunctionalInterface
  public interface Function {
    /** The result, for variables in the order of the inputs. */
    Variable apply(List<Variable> inputs);
  }

  /**
   * How to check.
   *
   * @param seed of the directions
   * @param step of the differences
   * @param tolerance of |analytic − numeric| / max(1, |analytic|, |numeric|)
   */
  public record Options(long seed, double step, double tolerance) {
    /** Seed 1, step 1e-5, tolerance 1e-6. */
    public static final Options DEFAULT = new Options(1, 1e-5, 1e-6);
  }

  private static final int REPORTED = 5;

  private final String what;
  private final List<Tensor> inputs;
  private final Function function;
  private final Options options;
  private final Device device;
  private double worst;

  private GradCheck(String what, List<Tensor> inputs, Function function, Options options) {
    this.what = what;
    this.inputs = List.copyOf(inputs);
    this.function = function;
    this.options = options;
    this.device = inputs.get(0).device();
  }

  /**
   * Checks output 0 of an op by every floating input that its rule differentiates.
   *
   * @param inputs the floating ones F64
   * @return the largest relative difference
   * @throws AutogradException naming op, input, element and both values if they disagree
   */
  public static double check(Op op, List<Tensor> inputs, Options options) {
    Derivative<Op> rule = Derivatives.of(op, "");
    List<Integer> wanted = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      if (inputs.get(i).spec().dtype().isFloat() && !rule.constants().contains(i)) {
        wanted.add(i);
      }
    }
    Function f = v -> v.get(0).bind(op, v).get(0);
    return new GradCheck(op.label(), inputs, f, options).run(wanted);
  }

  /** Whether a case shows if the rule of its op is right; false if the op has no rule. */
  public static boolean applies(OpCase c) {
    Op op = c.op();
    return c.showsGradient()
        && (op instanceof DifferentiableOp
            || Derivatives.find(op.getClass()).filter(Derivative::differentiable).isPresent());
  }

  /**
   * Checks a rule on a case, whose inputs become F64.
   *
   * @param device one that computes in F64
   * @return the largest relative difference
   * @throws AutogradException as {@link #check(Op, List, Options)}
   */
  public static double check(OpCase c, Device device) {
    Frame frame = device.push("case");
    try (frame) {
      List<Tensor> inputs = c.in(DType.F64).inputs().stream().map(i -> i.on(device)).toList();
      return check(c.op(), inputs, Options.DEFAULT);
    }
  }

  /**
   * Checks a function by all its floating inputs.
   *
   * @param what its name, for the message
   * @return the largest relative difference
   * @throws AutogradException naming function, input, element and both values if they disagree
   */
  public static double check(String what, List<Tensor> inputs, Function function, Options options) {
    List<Integer> wanted = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      if (inputs.get(i).spec().dtype().isFloat()) {
        wanted.add(i);
      }
    }
    return new GradCheck(what, inputs, function, options).run(wanted);
  }

  private double run(List<Integer> wanted) {
    for (int i : wanted) {
      if (inputs.get(i).spec().dtype() != DType.F64) {
        throw new AutogradException(
            "gradcheck " + what + ": input " + i + " must be f64, got " + inputs.get(i).spec());
      }
    }
    Frame frame = device.push("gradcheck");
    try (frame;
        Tape tape = new Tape(device)) {
      List<Variable> variables = new ArrayList<>();
      for (int i = 0; i < inputs.size(); i++) {
        Tensor t = inputs.get(i);
        variables.add(wanted.contains(i) ? tape.leaf(t, "in" + i) : Variable.constant(t));
      }
      Variable y = function.apply(variables);
      double[] seed = random(Math.toIntExact(y.shape().size()), 0);
      Tensor c = device.of(y.shape(), seed);
      try (Gradients gradients = tape.backward(y, c)) {
        for (int i : wanted) {
          double[] analytic = analytic(gradients, variables.get(i), i);
          compare(i, analytic, seed);
        }
      }
    }
    return worst;
  }

  private double[] analytic(Gradients gradients, Variable leaf, int input) {
    return gradients
        .of(leaf)
        .orElseThrow(
            () ->
                new AutogradException(
                    "gradcheck " + what + ": input " + input + " got no gradient"))
        .toDoubles();
  }

  private void compare(int input, double[] analytic, double[] seed) {
    double[] direction = random(analytic.length, input + 1);
    double a = dot(analytic, direction);
    double n = numeric(input, direction, seed);
    double error = error(a, n);
    worst = Math.max(worst, error);
    if (!(error <= options.tolerance())) {
      throw new AutogradException(
          "gradcheck "
              + what
              + ": input "
              + input
              + " "
              + inputs.get(input).spec()
              + ": projection: analytic "
              + a
              + ", numeric "
              + n
              + elements(input, analytic, seed)
              + " (seed "
              + options.seed()
              + ")");
    }
  }

  /** The first elements that differ, each checked by itself. */
  private String elements(int input, double[] analytic, double[] seed) {
    StringBuilder text = new StringBuilder();
    int count = 0;
    for (int k = 0; k < analytic.length; k++) {
      double[] direction = new double[analytic.length];
      direction[k] = 1;
      double n = numeric(input, direction, seed);
      if (!(error(analytic[k], n) <= options.tolerance()) && count++ < REPORTED) {
        text.append("; element ").append(k);
        text.append(": analytic ").append(analytic[k]).append(", numeric ").append(n);
      }
    }
    return text + "; " + count + " of " + analytic.length + " elements differ";
  }

  private double numeric(int input, double[] direction, double[] seed) {
    double h = options.step();
    return (value(input, direction, h, seed) - value(input, direction, -h, seed)) / (2 * h);
  }

  private double value(int input, double[] direction, double t, double[] seed) {
    Frame frame = device.push("gradcheck value");
    try (frame) {
      List<Variable> variables = new ArrayList<>();
      for (int i = 0; i < inputs.size(); i++) {
        Tensor x = inputs.get(i);
        if (i == input) {
          double[] moved = x.toDoubles();
          for (int k = 0; k < moved.length; k++) {
            moved[k] += t * direction[k];
          }
          x = device.of(x.shape(), moved);
        }
        variables.add(Variable.constant(x));
      }
      Tensor y = function.apply(variables).value();
      return dot(y.toDoubles(), seed);
    }
  }

  private double[] random(int length, int stream) {
    Philox philox = new Philox(options.seed(), stream);
    double[] a = new double[length];
    for (int i = 0; i < length; i++) {
      a[i] = philox.normal(i);
    }
    return a;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double error(double a, double n) {
    return Math.abs(a - n) / Math.max(1, Math.max(Math.abs(a), Math.abs(n)));
  }
}

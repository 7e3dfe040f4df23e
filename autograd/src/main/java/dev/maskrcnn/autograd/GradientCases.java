package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.LinearAlgebra;
import dev.maskrcnn.tensor.op.Loss;
import dev.maskrcnn.tensor.op.Movement;
import dev.maskrcnn.tensor.op.Normalization;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise;
import dev.maskrcnn.tensor.op.Pooling;
import dev.maskrcnn.tensor.op.RegionOfInterest;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Each differentiable op with several attributes and random F64 inputs, away from kinks: what the
 * gradient check of the whole catalogue runs.
 */
public final class GradientCases {
  private static final long SEED = 20240;

  /** Makes an input on a device from a stream of random numbers. */
  @FunctionalInterface
  interface Source {
    Tensor on(Device device, Philox random);
  }

  /** An op with inputs. */
  public record Case(Op op, List<Source> inputs) {
    /** An op with inputs. */
    public Case {
      inputs = List.copyOf(inputs);
    }

    /**
     * Checks the rule on a device that computes in F64.
     *
     * @return the largest relative difference from central differences
     * @throws AutogradException as {@link GradCheck#check(Op, List, GradCheck.Options)}
     */
    public double check(Device device) {
      Frame frame = device.push("case");
      try (frame) {
        List<Tensor> tensors = new ArrayList<>();
        for (Source s : inputs) {
          tensors.add(s.on(device, new Philox(SEED, tensors.size())));
        }
        return GradCheck.check(op, tensors, GradCheck.Options.DEFAULT);
      }
    }

    @Override
    public String toString() {
      return op.label();
    }
  }

  private final List<Case> cases = new ArrayList<>();

  private GradientCases() {}

  /** All cases, several for each differentiable op. */
  public static List<Case> all() {
    GradientCases c = new GradientCases();
    c.pointwise();
    c.linearAlgebra();
    c.convolution();
    c.poolingAndNorms();
    c.movement();
    c.losses();
    c.regions();
    return c.cases;
  }

  private void add(Op op, Source... inputs) {
    cases.add(new Case(op, List.of(inputs)));
  }

  private static Source normal(int... dims) {
    return between(-2, 2, dims);
  }

  private static Source between(double low, double high, int... dims) {
    Shape shape = Shape.of(dims);
    return (device, random) -> {
      double[] v = new double[(int) shape.size()];
      for (int i = 0; i < v.length; i++) {
        v[i] = low + (high - low) * random.uniform(i);
      }
      return device.of(DType.F64, shape, v);
    };
  }

  private static Source values(Shape shape, double... v) {
    return (device, random) -> device.of(DType.F64, shape, v);
  }

  private static Source ints(int... v) {
    return (device, random) -> device.of(Shape.of(v.length), v);
  }

  private void pointwise() {
    for (int[] d : new int[][] {{}, {7}, {2, 3, 4, 5}, {0, 3}}) {
      add(new Pointwise.Add(), normal(d), normal(d));
      add(new Pointwise.Sub(), normal(d), normal(d));
      add(new Pointwise.Mul(), normal(d), normal(d));
      add(new Pointwise.Scale(-2.5), normal(d));
      add(new Pointwise.Relu(), normal(d));
      add(new Pointwise.Exp(), normal(d));
      add(new Pointwise.Log(), between(0.5, 3, d));
      add(new Pointwise.Reciprocal(), between(0.5, 3, d));
      add(new Pointwise.Cast(DType.F64), normal(d));
    }
    add(new Pointwise.ScaleRows(), normal(3, 2, 2, 4), normal(3));
    add(new Pointwise.ScaleRows(), normal(5), normal(5));
    add(new Pointwise.Expand(Shape.of(2, 3)), normal());
    add(new Pointwise.Expand(Shape.of(4)), normal(1, 1));
  }

  private void linearAlgebra() {
    for (int bits = 0; bits < 16; bits++) {
      boolean ta = (bits & 1) != 0;
      boolean tb = (bits & 2) != 0;
      boolean bias = (bits & 4) != 0;
      Op op = new LinearAlgebra.MatMul(ta, tb, bias, (bits & 8) != 0);
      Source a = ta ? normal(4, 3) : normal(3, 4);
      Source b = tb ? normal(5, 4) : normal(4, 5);
      if (bias) {
        add(op, a, b, normal(5));
      } else {
        add(op, a, b);
      }
    }
    add(new LinearAlgebra.SumRows(), normal(2, 3, 4));
    add(new LinearAlgebra.SumRows(), normal(4));
    add(new LinearAlgebra.RowDots(), normal(3, 2, 4), normal(3, 2, 4));
    add(new LinearAlgebra.Sum(), normal(2, 3));
    add(new LinearAlgebra.Sum(), normal());
  }

  private void convolution() {
    Window[] windows = {
      Window.of(1, 0), Window.of(1, 1), Window.of(2, 1), Window.of(2, 0), new Window(1, 2, 2, 1)
    };
    for (Window w : windows) {
      for (int bits = 0; bits < 8; bits++) {
        conv(w, new Epilogue((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0), 3);
      }
    }
    conv(new Window(1, 1, 1, 2), new Epilogue(true, true, true), 3);
    conv(new Window(2, 1, 1, 4), Epilogue.NONE, 3);
    conv(Window.of(2, 0), new Epilogue(true, false, false), 1);
    for (int stride = 1; stride <= 3; stride++) {
      for (int bits = 0; bits < 4; bits++) {
        Epilogue e = new Epilogue((bits & 1) != 0, false, (bits & 2) != 0);
        Source x = normal(2, 3, 4, 3);
        Source w = normal(3, 2, 2, 5);
        if (e.bias()) {
          add(new ConvTranspose2d(stride, e), x, w, normal(5));
        } else {
          add(new ConvTranspose2d(stride, e), x, w);
        }
      }
    }
  }

  private void conv(Window window, Epilogue e, int kernel) {
    List<Source> in = new ArrayList<>();
    in.add(normal(2, 7, 6, 4));
    in.add(normal(4, kernel, kernel, 4 / window.groups()));
    if (e.bias()) {
      in.add(normal(4));
    }
    if (e.residual()) {
      in.add(normal(2, window.output(7, kernel), window.output(6, kernel), 4));
    }
    add(new Conv2d(window, e), in.toArray(new Source[0]));
  }

  private void poolingAndNorms() {
    add(new Pooling.MaxPool2d(3, 2, 1), normal(2, 7, 6, 3));
    add(new Pooling.MaxPool2d(2, 2, 0), normal(1, 6, 6, 2));
    add(new Pooling.MaxPool2d(1, 2, 0), normal(1, 5, 4, 2));
    add(new Pooling.UpsampleNearest(6, 8), normal(2, 3, 4, 3));
    add(new Pooling.UpsampleNearest(5, 7), normal(1, 3, 4, 2));
    for (boolean relu : new boolean[] {false, true}) {
      add(new Normalization.GroupNorm(2, 1e-5, relu), normal(2, 3, 4, 6), normal(6), normal(6));
      add(new Normalization.GroupNorm(1, 1e-3, relu), normal(3, 8), normal(8), normal(8));
      add(new Normalization.GroupNorm(4, 1e-5, relu), normal(3, 16), normal(16), normal(16));
    }
    add(new Normalization.Softmax(), normal(3, 5));
    add(new Normalization.Softmax(), normal(7));
    add(new Normalization.Softmax(), normal(2, 3, 4));
  }

  private void movement() {
    add(new Movement.Concat(0), normal(2, 3), normal(1, 3), normal(4, 3));
    add(new Movement.Concat(1), normal(2, 3, 2), normal(2, 1, 2));
    add(new Movement.Concat(2), normal(2, 3, 2));
    add(new Movement.Slice(0, 1, 2), normal(4, 3));
    add(new Movement.Slice(1, 0, 2), normal(2, 3, 4));
    add(new Movement.Slice(2, 3, 1), normal(2, 3, 4));
    add(new Movement.GatherRows(), normal(4, 3), ints(2, 0, -1, 2, 3));
    add(new Movement.GatherRows(), normal(3, 2, 2), ints(1));
    add(new Movement.SelectClass(4), normal(3, 1, 12), ints(0, 2, -1));
    add(new Movement.SelectClass(1), normal(2, 9, 3), ints(2, 1));
  }

  private void losses() {
    add(new Loss.SoftmaxCrossEntropy(), normal(5, 4), ints(0, 3, -1, 1, 2));
    add(new Loss.SoftmaxCrossEntropy(), normal(2, 3), ints(-1, -1));
    add(new Loss.BinaryCrossEntropy(), normal(2, 3), values(Shape.of(2, 3), 0, 1, -1, 1, 0.25, 0));
    add(new Loss.BinaryCrossEntropy(), normal(2), values(Shape.of(2), -1, -1));
    // Targets far from the kinks at |d| = beta and, for beta 0, at d = 0.
    for (double beta : new double[] {1, 1.0 / 9}) {
      add(new Loss.SmoothL1(beta), normal(4, 4), normal(4, 4), ints(1, 0, -1, 7));
      add(
          new Loss.SmoothL1(beta),
          between(0, beta / 3, 2, 4),
          between(0, beta / 3, 2, 4),
          ints(1, 2));
      add(new Loss.SmoothL1(beta), normal(2, 4), normal(2, 4), ints(-1, 0));
    }
  }

  private void regions() {
    Source rois =
        values(
            Shape.of(5, 5),
            new double[] {
              0, 1, 2, 20, 17, 1, 8, 8, 30, 28, 0, -9, -3, 9, 50, -1, 0, 0, 9, 9, 1, 5, 5, 5.2, 6
            });
    add(new RegionOfInterest.RoiPool(3, 2, 0.25), rois, normal(2, 8, 9, 2));
    add(new RegionOfInterest.RoiPool(2, 4, 0.125), rois, normal(2, 4, 5, 3));
    for (int ratio = 0; ratio <= 2; ratio++) {
      for (boolean aligned : new boolean[] {false, true}) {
        RegionOfInterest.Grid g = new RegionOfInterest.Grid(3, 2, ratio, aligned);
        add(
            new RegionOfInterest.RoiAlign(g, List.of(0.25)),
            rois,
            ints(0, 0, 0, 0, 0),
            normal(2, 8, 9, 2));
        add(
            new RegionOfInterest.RoiAlign(g, List.of(0.25, 0.125)),
            rois,
            ints(0, 1, 0, 1, 1),
            normal(2, 8, 9, 2),
            normal(2, 4, 5, 2));
      }
    }
  }
}

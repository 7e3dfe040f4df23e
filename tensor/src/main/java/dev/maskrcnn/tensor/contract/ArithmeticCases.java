package dev.maskrcnn.tensor.contract;

import static dev.maskrcnn.tensor.contract.Workload.of;

import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.op.LinearAlgebra.RowDots;
import dev.maskrcnn.tensor.op.LinearAlgebra.Sum;
import dev.maskrcnn.tensor.op.LinearAlgebra.SumRows;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Accumulate;
import dev.maskrcnn.tensor.op.Pointwise.Add;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.op.Pointwise.Exp;
import dev.maskrcnn.tensor.op.Pointwise.Expand;
import dev.maskrcnn.tensor.op.Pointwise.Fill;
import dev.maskrcnn.tensor.op.Pointwise.Log;
import dev.maskrcnn.tensor.op.Pointwise.Mul;
import dev.maskrcnn.tensor.op.Pointwise.Reciprocal;
import dev.maskrcnn.tensor.op.Pointwise.Relu;
import dev.maskrcnn.tensor.op.Pointwise.ReluBackward;
import dev.maskrcnn.tensor.op.Pointwise.Scale;
import dev.maskrcnn.tensor.op.Pointwise.ScaleRows;
import dev.maskrcnn.tensor.op.Pointwise.Sigmoid;
import dev.maskrcnn.tensor.op.Pointwise.Sub;
import dev.maskrcnn.tensor.op.Pointwise.Unary;
import dev.maskrcnn.tensor.op.Update.SgdStep;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.Arrays;

/** Matrix products, sums, elementwise ops, and the update of parameters. */
final class ArithmeticCases {
  /** Empty, scalar, around a vector width, several axes, and beyond 2^16 elements. */
  private static final int[][] SIZES = {
    {0, 4}, {}, {1}, {31}, {32}, {33}, {2, 3, 5, 7}, {65537}, {1, 257, 1031}
  };

  private ArithmeticCases() {}

  static void collect(CaseList list) {
    Draw draw = new Draw(2);
    matMul(list, draw);
    sums(list, draw);
    for (int[] size : SIZES) {
      unary(list, draw, size);
      binary(list, draw, size);
    }
    fills(list);
    special(list);
    rows(list, draw);
    casts(list, draw);
  }

  private static void fills(CaseList list) {
    for (int[] size : SIZES) {
      String name = Arrays.toString(size);
      Shape shape = Shape.of(size);
      list.exact("floats " + name, new Fill(new Spec(shape, DType.F32), 1.5));
      list.exact("integers " + name, new Fill(new Spec(shape, DType.I32), -70001));
      list.exact("bytes " + name, new Fill(new Spec(shape, DType.U8), 200));
    }
  }

  private static void matMul(CaseList list, Draw draw) {
    int[][] sizes = {{1, 1, 1}, {31, 33, 32}, {5, 1000, 7}, {64, 48, 81}, {1, 65, 129}, {0, 8, 5}};
    for (int[] s : sizes) {
      for (int transposed = 0; transposed < 4; transposed++) {
        boolean ta = transposed % 2 == 1;
        boolean tb = transposed / 2 == 1;
        Operand a = ta ? draw.normal(s[1], s[0]) : draw.normal(s[0], s[1]);
        Operand b = tb ? draw.normal(s[2], s[1]) : draw.normal(s[1], s[2]);
        Operand bias = draw.normal(s[2]);
        String name = Arrays.toString(s);
        for (boolean relu : new boolean[] {false, true}) {
          list.add(name, new MatMul(ta, tb, false, relu), a, b);
          list.add(name, new MatMul(ta, tb, true, relu), a, b, bias);
          if (relu && s[0] * s[2] > 500) {
            list.atKink(); // of so many outputs one may be that close to 0
          }
        }
      }
    }
  }

  private static void sums(CaseList list, Draw draw) {
    int[][] sizes = {{1}, {33}, {0, 5}, {1, 7}, {4099, 1}, {2, 33, 17, 31}, {257, 256}};
    for (int[] size : sizes) {
      list.add(Arrays.toString(size), new SumRows(), draw.uniform(-0.5, 1, size));
      list.add(Arrays.toString(size), new Sum(), draw.uniform(-0.5, 1, size));
    }
    // A single float accumulator loses 1e-4 here.
    list.add("65537 of one sign", new Sum(), draw.uniform(0, 1, 65537));
    list.add("rank 0", new Sum(), draw.uniform(0, 1));
    int[][] weights = {{1, 1}, {5, 3, 3, 7}, {33, 1000}, {0, 4}, {64, 1, 1, 33}, {9}};
    for (int[] size : weights) {
      Operand a = draw.uniform(-0.5, 1, size);
      list.add(Arrays.toString(size), new RowDots(), a, draw.uniform(-0.5, 1, size));
    }
  }

  private static void unary(CaseList list, Draw draw, int[] size) {
    String name = Arrays.toString(size);
    list.exact(name, new Scale(-0.375), draw.normal(size));
    list.add(1e-6, name, new Scale(1.0 / 3), draw.normal(size));
    list.exact(name, new Relu(), draw.normal(size));
    list.exact(name, new Sigmoid(), draw.gauss(0, 5, size));
    list.add(name, new Exp(), draw.uniform(-20, 3, size));
    list.add(name, new Log(), draw.uniform(1e-3, 50, size));
    list.add(1e-6, name, new Reciprocal(), draw.uniform(0.05, 20, size));
  }

  private static void binary(CaseList list, Draw draw, int[] size) {
    String name = Arrays.toString(size);
    Operand a = draw.normal(size);
    Operand b = draw.normal(size);
    list.exact(name, new Add(), a, b);
    list.exact(name, new Sub(), a, b);
    list.exact(name, new Mul(), a, b);
    list.exact(name, new ReluBackward(), draw.steps(-1, 3, size), a);
    list.exact(name, new Accumulate(), a, b);
    Operand v = draw.normal(size);
    list.add(1e-6, name, new SgdStep(0.02, 0.9, 1e-4, false), a, v, b);
    double[] garbage = new double[v.values().length];
    Arrays.fill(garbage, Double.NaN);
    Operand unset = new Operand(v.spec(), garbage);
    list.add(1e-6, name + ", first", new SgdStep(0.02, 0.9, 1e-4, true), a, unset, b);
  }

  private static void special(CaseList list) {
    Shape five = Shape.of(5);
    Operand wide = Operand.f32(five, -1000, -88, 0, 88, 1000);
    list.exact("extremes", new Sigmoid(), wide);
    Operand zeros = Operand.f32(five, -0.0, 0, Float.MIN_VALUE, -Float.MIN_VALUE, 1);
    list.exact("zeros and subnormals", new ReluBackward(), zeros, wide);
    list.exact("zeros and subnormals", new Relu(), zeros).atKink();
    list.add("extremes", new Exp(), Operand.f32(five, -200, -87, 0, 1, 87));
  }

  private static void rows(CaseList list, Draw draw) {
    for (int[] size : new int[][] {{1}, {7}, {5, 3, 3, 7}, {33, 1000}, {0, 4}, {300, 257}}) {
      list.exact(Arrays.toString(size), new ScaleRows(), draw.normal(size), draw.normal(size[0]));
    }
    for (int[] size : SIZES) {
      list.exact(Arrays.toString(size), new Expand(Shape.of(size)), draw.normal());
    }
    list.exact("from one element", new Expand(Shape.of(2, 3)), draw.normal(1, 1));
  }

  private static void casts(CaseList list, Draw draw) {
    Operand special =
        Operand.f32(
            Shape.of(12),
            0,
            -0.0,
            1 + 0x1p-11,
            1 + 3 * 0x1p-11,
            1 + 0x1p-8,
            1 + 3 * 0x1p-8,
            65519,
            65520,
            0x1p-24,
            0x1p-25,
            3 * 0x1p-26,
            Double.NEGATIVE_INFINITY);
    for (DType t : new DType[] {DType.F16, DType.BF16, DType.F64, DType.F32}) {
      list.exact("special values to " + t, new Cast(t), special).atKink();
      for (int[] size : new int[][] {{33}, {65537}, {0, 3}, {2, 3, 5, 7}, {}}) {
        list.exact(Arrays.toString(size) + " to " + t, new Cast(t), draw.gauss(0, 100, size));
        if (t != DType.F64) {
          list.atKink(); // it rounds in steps
        }
      }
    }
    list.exact("from i32", new Cast(DType.F32), draw.ints(-99, 99, 33));
    list.exact("from f16", new Cast(DType.F32), draw.steps(-99, 99, 33).as(DType.F16));
    list.exact("from bf16", new Cast(DType.F32), draw.steps(-99, 99, 33).as(DType.BF16));
    list.exact("from f64", new Cast(DType.F32), draw.normal(33).as(DType.F64));
  }

  static void benchmarks(CaseList list) {
    for (Class<?> type : Unary.class.getPermittedSubclasses()) {
      Op op = withoutAttributes(type);
      list.bench("p2", m -> of(op, op instanceof Log ? m.positive(m.level(0)) : m.p2()));
    }
    list.bench("p2", m -> of(new Add(), m.p2(), m.p2()));
    list.bench("p2-f16", m -> of(new Add(), m.half(m.level(0)), m.half(m.level(0))));
    list.bench("p2-f16", m -> of(new Relu(), m.half(m.level(0))));
    list.bench("p2", m -> of(new Sub(), m.p2(), m.p2()));
    list.bench("p2", m -> of(new Mul(), m.p2(), m.p2()));
    list.bench("p2", m -> of(new Scale(0.5), m.p2()));
    list.bench("p2", m -> of(new ReluBackward(), m.p2(), m.p2()));
    list.bench("p2", m -> of(new Accumulate(), m.p2(), m.p2()));
    list.bench("p2-to-f16", m -> of(new Cast(DType.F16), m.p2()));
    list.bench("p2", m -> of(new Expand(Shape.of(m.level(0))), m.one()));
    list.bench("p2", m -> of(new Fill(new Spec(Shape.of(m.level(0)), DType.F32), 1)));
    list.bench("p2", m -> of(new Sum(), m.p2()));
    list.bench("p2", m -> of(new SumRows(), m.p2()));
    list.bench("norm-into-weight", m -> of(new ScaleRows(), weight(m), m.map(channels(m))));
    list.bench("gradient-of-norm", m -> of(new RowDots(), weight(m), weight(m)));
  }

  private static int channels(ModelInputs m) {
    return 2 * m.size.channels();
  }

  private static Input weight(ModelInputs m) {
    return m.map(channels(m), 3, 3, channels(m));
  }

  private static Op withoutAttributes(Class<?> type) {
    try {
      return (Op) type.getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type.getSimpleName() + ": not made without attributes", e);
    }
  }
}

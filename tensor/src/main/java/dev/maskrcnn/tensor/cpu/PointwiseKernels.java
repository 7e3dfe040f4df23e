package dev.maskrcnn.tensor.cpu;

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
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/** Elementwise ops: one pass over memory each, bound by its bandwidth. */
final class PointwiseKernels {
  private PointwiseKernels() {}

  static void register(KernelTable table, Workers workers) {
    table.put(Add.class, c -> Elementwise.binary(workers, c, PointwiseKernels::add));
    table.put(Sub.class, c -> Elementwise.binary(workers, c, PointwiseKernels::sub));
    table.put(Mul.class, c -> Elementwise.binary(workers, c, PointwiseKernels::mul));
    table.put(Accumulate.class, c -> Elementwise.inPlace(workers, c, PointwiseKernels::add));
    table.put(Scale.class, c -> scale(workers, c));
    table.put(Relu.class, c -> Elementwise.unary(workers, c, PointwiseKernels::relu));
    table.put(ReluBackward.class, c -> reluBackward(workers, c));
    table.put(Sigmoid.class, c -> Elementwise.unary(workers, c, PointwiseKernels::sigmoid));
    table.put(
        Exp.class, c -> Elementwise.unaryWith(workers, c, length -> new VectorMath(length)::exp));
    table.put(Log.class, c -> Elementwise.unary(workers, c, PointwiseKernels::log));
    table.put(Reciprocal.class, c -> Elementwise.unary(workers, c, PointwiseKernels::reciprocal));
    table.put(ScaleRows.class, c -> scaleRows(workers, c));
    table.put(Expand.class, c -> expand(workers, c));
    table.put(Fill.class, FillJava::run);
    table.put(Cast.class, c -> CastJava.run(workers, c));
  }

  private static void add(float[] x, float[] z) {
    for (int i = 0; i < x.length; i++) {
      x[i] += z[i];
    }
  }

  private static void sub(float[] x, float[] z) {
    for (int i = 0; i < x.length; i++) {
      x[i] -= z[i];
    }
  }

  private static void mul(float[] x, float[] z) {
    for (int i = 0; i < x.length; i++) {
      x[i] *= z[i];
    }
  }

  /** Passes NaN on: a diverged model must not look healthy. */
  private static void relu(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.max(x[i], 0f);
    }
  }

  /**
   * In double and rounded once: the RPN ranks and suppresses by this score, so devices that differ
   * in its last bit would choose other proposals.
   */
  private static void sigmoid(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (1 / (1 + Math.exp(-x[i])));
    }
  }

  private static void log(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) Math.log(x[i]);
    }
  }

  private static void reciprocal(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = 1f / x[i];
    }
  }

  private static void scale(Workers workers, KernelCall<Scale> call) {
    float factor = (float) call.op().factor();
    Elementwise.unary(workers, call, x -> multiply(x, factor));
  }

  private static void reluBackward(Workers workers, KernelCall<ReluBackward> call) {
    Require.f32(call);
    IntBuffer activation = call.in(0).ints();
    IntBuffer gradient = call.in(1).ints();
    IntBuffer to = call.out(0).ints();
    workers.ranges(
        Elementwise.size(call.out(0)),
        Slab.TASK,
        (start, end) -> {
          int[] y = new int[Math.min(Elementwise.BLOCK, end - start)];
          int[] dy = new int[y.length];
          for (int i = start; i < end; i += y.length) {
            int n = Math.min(y.length, end - i);
            activation.get(i, y, 0, n);
            gradient.get(i, dy, 0, n);
            mask(y, dy);
            to.put(i, dy, 0, n);
          }
        });
  }

  /**
   * Zeroes dy where y is not positive. On the bits of the floats, because C2 of Java 17 vectorises
   * this and not a choice between floats: the mask is −1 where bits are from 1 to those of
   * infinity, and 0 for zeros, NaN and everything with a sign.
   */
  private static void mask(int[] y, int[] dy) {
    for (int i = 0; i < dy.length; i++) {
      int v = y[i];
      dy[i] &= (-v & ~v & (v - 0x7f800001)) >> 31;
    }
  }

  private static void scaleRows(Workers workers, KernelCall<ScaleRows> call) {
    Require.f32(call);
    int rows = call.in(1).shape().dim(0);
    int size = Elementwise.size(call.out(0));
    if (size == 0) {
      return;
    }
    int width = size / rows;
    FloatBuffer from = call.in(0).floats();
    FloatBuffer scales = call.in(1).floats();
    FloatBuffer to = call.out(0).floats();
    workers.ranges(
        rows,
        Math.max(1, Slab.TASK / width),
        (first, last) -> {
          float[] x = new float[Math.min(Elementwise.BLOCK, width)];
          for (int r = first; r < last; r++) {
            for (int i = 0; i < width; i += x.length) {
              int n = Math.min(x.length, width - i);
              from.get(r * width + i, x, 0, n);
              multiply(x, scales.get(r));
              to.put(r * width + i, x, 0, n);
            }
          }
        });
  }

  private static void multiply(float[] x, float factor) {
    for (int i = 0; i < x.length; i++) {
      x[i] *= factor;
    }
  }

  private static void expand(Workers workers, KernelCall<Expand> call) {
    Require.f32(call);
    float value = call.in(0).floats().get(0);
    FloatBuffer to = call.out(0).floats();
    workers.ranges(
        Elementwise.size(call.out(0)),
        Slab.TASK,
        (start, end) -> {
          float[] x = new float[Math.min(Elementwise.BLOCK, end - start)];
          Arrays.fill(x, value);
          for (int i = start; i < end; i += x.length) {
            to.put(i, x, 0, Math.min(x.length, end - i));
          }
        });
  }
}

package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.TensorType;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * The tensors of one call as plain arrays: inputs are copied in, outputs start as zeros and are
 * stored, rounded to their type, when the kernel is done. Every element of every output is written.
 */
final class Operands {
  private final Op op;
  private final KernelCall<?> call;
  private final double[][] loaded;
  private final int[][] integers;
  private final Map<DenseArray, double[]> pending = new IdentityHashMap<>();

  Operands(Op op, KernelCall<?> call) {
    this.op = op;
    this.call = call;
    this.loaded = new double[call.inputs().size()][];
    this.integers = new int[call.inputs().size()][];
    for (DenseArray t : call.outputs()) {
      pending.put(t, new double[size(t)]);
    }
  }

  /** Number of inputs. */
  int inputs() {
    return call.inputs().size();
  }

  /** Shape of input {@code i}. */
  Shape shape(int i) {
    return call.in(i).shape();
  }

  /** Shape of output {@code i}. */
  Shape outShape(int i) {
    return call.out(i).shape();
  }

  /** The rounding of decisions that are taken on input {@code i}. */
  Rounding rounding(int i) {
    return Rounding.of(call.in(i).spec().dtype());
  }

  /** The content of input {@code i}, of any type; not to be changed. */
  double[] in(int i) {
    if (loaded[i] == null) {
      loaded[i] = load(call.in(i));
    }
    return loaded[i];
  }

  /** The integers of input {@code i}; not to be changed. */
  int[] ints(int i) {
    if (integers[i] == null) {
      double[] values = in(i);
      integers[i] = new int[values.length];
      for (int k = 0; k < values.length; k++) {
        integers[i][k] = (int) values[k];
      }
    }
    return integers[i];
  }

  /** Output {@code i}, to be filled; zeros so far. Integers are stored as such. */
  double[] out(int i) {
    return pending.get(call.out(i));
  }

  /** Input {@code i} as an array that is stored back: for ops that mutate. */
  double[] inPlace(int i) {
    return pending.computeIfAbsent(call.in(i), Operands::load);
  }

  /**
   * An index that was read from input {@code i} at {@code position}, if it is in {@code [0,count)}.
   *
   * @throws DeviceException otherwise, naming the op
   */
  int checked(int index, int count, int i, int position) {
    if (index < 0 || index >= count) {
      throw new DeviceException(
          op.label()
              + ": input "
              + i
              + " holds index "
              + index
              + " at position "
              + position
              + ", expected 0 to "
              + (count - 1));
    }
    return index;
  }

  /** Stores what was computed. */
  void store() {
    pending.forEach(Operands::save);
  }

  private static int size(DenseArray t) {
    return Math.toIntExact(t.shape().size());
  }

  private static double[] load(DenseArray t) {
    double[] a = new double[size(t)];
    DType dtype = t.spec().dtype();
    switch (dtype) {
      case F64 -> t.doubles().get(a);
      case F32 -> {
        float[] f = new float[a.length];
        t.floats().get(f);
        widen(f, a);
      }
      case F16, BF16 -> {
        ByteBuffer raw = t.memory().host().slice(0, Math.toIntExact(t.spec().bytes()));
        TensorType type = dtype == DType.F16 ? TensorType.F16 : TensorType.BF16;
        widen(new HostTensor(type, new long[] {a.length}, raw).floats(), a);
      }
      case I32 -> {
        int[] n = new int[a.length];
        t.ints().get(n);
        for (int i = 0; i < a.length; i++) {
          a[i] = n[i];
        }
      }
      case U8 -> {
        for (int i = 0; i < a.length; i++) {
          a[i] = t.memory().host().get(i) & 0xff;
        }
      }
      default -> throw new DeviceException("reference: " + t.spec() + " is not supported");
    }
    return a;
  }

  private static void save(DenseArray t, double[] a) {
    switch (t.spec().dtype()) {
      case F64 -> t.doubles().put(a);
      case F32 -> t.floats().put(narrow(a));
      case F16 -> put(t, HostTensor.halves(narrow(a), a.length));
      case BF16 -> put(t, HostTensor.brains(narrow(a), a.length));
      case I32 -> {
        int[] n = new int[a.length];
        for (int i = 0; i < a.length; i++) {
          n[i] = (int) a[i];
        }
        t.ints().put(n);
      }
      case U8 -> {
        for (int i = 0; i < a.length; i++) {
          t.memory().host().put(i, (byte) a[i]);
        }
      }
      default -> throw new DeviceException("reference: " + t.spec() + " is not supported");
    }
  }

  private static void put(DenseArray t, HostTensor content) {
    t.memory().host().duplicate().put(content.data());
  }

  private static void widen(float[] from, double[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] = from[i];
    }
  }

  private static float[] narrow(double[] a) {
    float[] f = new float[a.length];
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) a[i];
    }
    return f;
  }
}

package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.TensorType;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/** Conversions between floating types, each through f32 (which is exact from f16 and bf16). */
final class CastJava {
  private CastJava() {}

  static void run(Workers workers, KernelCall<Cast> call) {
    DenseArray from = call.in(0);
    DenseArray to = call.out(0);
    int size = Elementwise.size(to);
    if (from.spec().dtype() == to.spec().dtype()) {
      Strip.copy(workers, Strip.whole(from), Strip.whole(to));
      return;
    }
    workers.ranges(
        size,
        Slab.TASK,
        (start, end) -> {
          for (int i = start; i < end; i += Slab.SIZE) {
            int n = Math.min(Slab.SIZE, end - i);
            write(to, i, read(from, i, n));
          }
        });
  }

  private static float[] read(DenseArray t, int at, int n) {
    DType type = t.spec().dtype();
    ByteBuffer raw = t.memory().host().slice(at * type.bytes(), n * type.bytes());
    raw.order(ByteOrder.LITTLE_ENDIAN);
    return switch (type) {
      case F32 -> new HostTensor(TensorType.F32, new long[] {n}, raw).floats();
      case F64 -> new HostTensor(TensorType.F64, new long[] {n}, raw).floats();
      case F16 -> new HostTensor(TensorType.F16, new long[] {n}, raw).floats();
      case BF16 -> new HostTensor(TensorType.BF16, new long[] {n}, raw).floats();
      case I32 -> {
        float[] values = new float[n];
        IntBuffer ints = raw.asIntBuffer();
        for (int i = 0; i < n; i++) {
          values[i] = ints.get(i);
        }
        yield values;
      }
      default -> throw unsupported(type);
    };
  }

  private static void write(DenseArray t, int at, float[] values) {
    DType type = t.spec().dtype();
    HostTensor content =
        switch (type) {
          case F32 -> HostTensor.of(values, values.length);
          case F64 -> HostTensor.of(widen(values), values.length);
          case F16 -> HostTensor.halves(values, values.length);
          case BF16 -> HostTensor.brains(values, values.length);
          default -> throw unsupported(type);
        };
    ByteBuffer data = content.data();
    t.memory().host().put(at * type.bytes(), data, 0, data.remaining());
  }

  private static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static DeviceException unsupported(DType type) {
    return new DeviceException(
        "cast: no cpu kernel for " + type + "; expected a floating type or i32");
  }
}

package dev.maskrcnn.tensor.spi;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.CustomOp;
import dev.maskrcnn.tensor.shape.DType;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/** The kernel that a {@link CustomOp} brings, on arrays of the host. */
final class CustomKernel {
  private CustomKernel() {}

  static void run(KernelCall<? extends CustomOp> call) {
    List<double[]> inputs = call.inputs().stream().map(a -> load(call.op(), a)).toList();
    List<double[]> outputs = call.outputs().stream().map(a -> new double[size(a)]).toList();
    call.op().compute(inputs, outputs);
    for (int i = 0; i < outputs.size(); i++) {
      store(call.op(), outputs.get(i), call.out(i));
    }
  }

  private static int size(DenseArray array) {
    return Math.toIntExact(array.shape().size());
  }

  private static double[] load(CustomOp op, DenseArray array) {
    double[] values = new double[size(array)];
    switch (array.spec().dtype()) {
      case F32 -> Arrays.setAll(values, array.floats()::get);
      case F64 -> Arrays.setAll(values, array.doubles()::get);
      case I32 -> Arrays.setAll(values, array.ints()::get);
      default -> throw wrongType(op, array.spec().dtype());
    }
    return values;
  }

  private static void store(CustomOp op, double[] values, DenseArray array) {
    FloatBuffer floats = array.floats();
    IntBuffer ints = array.ints();
    switch (array.spec().dtype()) {
      case F32 -> each(values, i -> floats.put(i, (float) values[i]));
      case F64 -> array.doubles().put(0, values);
      case I32 -> each(values, i -> ints.put(i, (int) values[i]));
      default -> throw wrongType(op, array.spec().dtype());
    }
  }

  private static void each(double[] values, IntConsumer store) {
    for (int i = 0; i < values.length; i++) {
      store.accept(i);
    }
  }

  private static DeviceException wrongType(CustomOp op, DType type) {
    return new DeviceException(
        op.label() + ": custom ops take f32, f64 and i32, not " + type + "; cast it before");
  }
}

package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Pointwise.Fill;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.util.Arrays;

/** Tensors of one value. */
final class FillJava {
  private static final int BLOCK = 4096;

  private FillJava() {}

  static void run(KernelCall<Fill> call) {
    DenseArray out = call.out(0);
    double value = call.op().value();
    int n = Math.toIntExact(out.shape().size());
    if (out.spec().dtype() == DType.F32) {
      float[] block = new float[Math.min(n, BLOCK)];
      Arrays.fill(block, (float) value);
      for (int i = 0; i < n; i += BLOCK) {
        out.floats().put(i, block, 0, Math.min(BLOCK, n - i));
      }
    } else if (out.spec().dtype() == DType.I32) {
      int[] block = new int[Math.min(n, BLOCK)];
      Arrays.fill(block, (int) value);
      for (int i = 0; i < n; i += BLOCK) {
        out.ints().put(i, block, 0, Math.min(BLOCK, n - i));
      }
    } else if (out.spec().dtype() == DType.U8) {
      byte[] block = new byte[n];
      Arrays.fill(block, (byte) value);
      out.memory().host().put(0, block);
    } else {
      throw new DeviceException(
          call.op().label() + ": no cpu kernel for " + out.spec().dtype() + "; use the reference");
    }
  }
}

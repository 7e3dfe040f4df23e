package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.ByteBuffer;

/** Checks and fills shared by the kernels. */
final class Require {
  private Require() {}

  /** Throws unless every floating operand is f32. */
  static void f32(KernelCall<?> call) {
    for (DenseArray t : call.inputs()) {
      DType d = t.spec().dtype();
      if (d.isFloat() && d != DType.F32) {
        throw new DeviceException(
            call.op().label() + ": no cpu kernel for " + d + "; cast to f32, or use the reference");
      }
    }
  }

  /** Fills a tensor with zero bytes. */
  static void zero(DenseArray t) {
    ByteBuffer b = t.memory().host();
    byte[] zeros = new byte[8192];
    int n = Math.toIntExact(t.spec().bytes());
    for (int i = 0; i < n; i += zeros.length) {
      b.put(i, zeros, 0, Math.min(zeros.length, n - i));
    }
  }
}

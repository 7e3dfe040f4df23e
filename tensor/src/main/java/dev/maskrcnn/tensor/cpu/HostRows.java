package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;

/** Small operands as arrays, and checks of the indices and counts that they hold. */
final class HostRows {
  private HostRows() {}

  /** All elements of an F32 tensor. */
  static float[] floats(DenseArray t) {
    float[] a = new float[Math.toIntExact(t.shape().size())];
    t.floats().get(0, a);
    return a;
  }

  /** All elements of an I32 tensor. */
  static int[] ints(DenseArray t) {
    int[] a = new int[Math.toIntExact(t.shape().size())];
    t.ints().get(0, a);
    return a;
  }

  /** Input {@code i} as row counts, each from 0 to {@code most}. */
  static int[] counts(KernelCall<?> call, int i, int most) {
    int[] counts = ints(call.in(i));
    for (int n = 0; n < counts.length; n++) {
      index(call, i, n, counts[n], most + 1);
    }
    return counts;
  }

  /**
   * The index that input {@code i} holds at {@code position}, if it is below {@code count}.
   *
   * @throws DeviceException otherwise, naming the op
   */
  static int index(KernelCall<?> call, int i, int position, int index, int count) {
    if (index < 0 || index >= count) {
      throw new DeviceException(
          call.op().label()
              + ": input "
              + i
              + " holds "
              + index
              + " at position "
              + position
              + ", expected 0 to "
              + (count - 1));
    }
    return index;
  }
}

package dev.maskrcnn.tensor.cpu;

/**
 * Working arrays that a kernel keeps between calls, one set per thread, so that steady-state work
 * allocates nothing. The content of an array is undefined when it is asked for.
 */
final class Scratch {
  private final int slots;
  private final ThreadLocal<float[][]> arrays;

  Scratch(int slots) {
    this.slots = slots;
    this.arrays = ThreadLocal.withInitial(() -> new float[this.slots][0]);
  }

  /** This thread's array of a slot, of at least {@code size} elements. */
  float[] floats(int slot, int size) {
    float[][] mine = arrays.get();
    if (mine[slot].length < size) {
      mine[slot] = new float[size];
    }
    return mine[slot];
  }
}

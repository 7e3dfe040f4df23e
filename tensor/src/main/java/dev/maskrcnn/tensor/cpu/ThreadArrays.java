package dev.maskrcnn.tensor.cpu;

/**
 * Working arrays that a kernel keeps between calls, one set per thread, so that steady-state work
 * allocates nothing. The content of an array is undefined when it is asked for.
 */
final class ThreadArrays {
  private final int slots;
  private final ThreadLocal<float[][][]> arrays;

  ThreadArrays(int slots) {
    this.slots = slots;
    this.arrays = ThreadLocal.withInitial(() -> new float[this.slots][0][0]);
  }

  /** This thread's array of a slot, of at least {@code size} elements. */
  float[] floats(int slot, int size) {
    return runs(slot, 1, size)[0];
  }

  /** This thread's arrays of a slot: at least {@code count} of at least {@code size} elements. */
  float[][] runs(int slot, int count, int size) {
    float[][][] mine = arrays.get();
    float[][] runs = mine[slot];
    if (runs.length < count || runs.length > 0 && runs[0].length < size) {
      int length = runs.length == 0 ? size : Math.max(runs[0].length, size);
      runs = new float[Math.max(count, runs.length)][length];
      mine[slot] = runs;
    }
    return runs;
  }
}

package dev.maskrcnn.tensor.cpu;

/**
 * Sizes of staging blocks. C2 vectorises loops over {@code float[]} but not over buffers, so hot
 * loops copy a block of the off-heap operands into heap arrays that fit the first-level cache,
 * compute there, and copy back.
 */
final class Slab {
  /** Elements per staged block: three operands of 8 KiB stay in L1. */
  static final int SIZE = 2048;

  /** Elements per parallel task: enough to pay for waking a thread. */
  static final int TASK = 64 * SIZE;

  private Slab() {}
}

package dev.maskrcnn.detection.data;

import dev.maskrcnn.tensor.Philox;

/**
 * The random choices of one epoch. Each is a pure function of (seed, epoch, index), so it does not
 * depend on batch size, number of processes or threads, nor on where a run was resumed.
 */
final class DataRandom {
  /** Keeps the streams apart from those that the training step draws with the same seed. */
  private static final long DATA = 0x6461746120726e64L;

  /** Keeps choices apart from orders and flips. */
  private static final long CHOICE = 0x63686f696365L;

  /** Keeps augmentation apart from all of these. */
  private static final long AUGMENTATION = 0x6175676d656e74L;

  private final Philox order;
  private final Philox flip;
  private final Philox choice;
  private final Philox augmentation;

  DataRandom(long seed, long epoch) {
    order = new Philox(seed ^ DATA, 2 * epoch);
    flip = new Philox(seed ^ DATA, 2 * epoch + 1);
    choice = new Philox(seed ^ DATA ^ CHOICE, epoch);
    augmentation = new Philox(seed ^ DATA ^ AUGMENTATION, epoch);
  }

  /** Fisher-Yates; the bias of taking the high bits of a product is below size / 2^32. */
  int[] permutation(int size) {
    int[] out = new int[size];
    for (int i = 0; i < size; i++) {
      int j = (int) ((order.bits(i) & 0xffffffffL) * (i + 1) >>> 32);
      out[i] = out[j];
      out[j] = i;
    }
    return out;
  }

  /** One of {@code count} possibilities for image {@code index}, each equally likely. */
  int choice(int index, int count) {
    return (int) ((choice.bits(index) & 0xffffffffL) * count >>> 32);
  }

  /** Draw {@code number} of the {@code draws} that each image has, from 0 to below 1. */
  double augmentation(int index, int draws, int number) {
    return augmentation.uniform((long) draws * index + number);
  }

  /** Whether image {@code index} is flipped. */
  boolean flip(int index, double probability) {
    return flip.uniform(index) < probability;
  }
}

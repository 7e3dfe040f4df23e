package dev.maskrcnn.autograd.trace;

import java.util.Comparator;
import java.util.List;

/**
 * The blocks of device memory that lived during a step. Time is counted in ticks: one for each
 * block that was allocated or freed.
 *
 * @param blocks in order of allocation
 * @param ticks number of ticks
 * @param backwardFrom tick at which the backward pass began
 * @param updateFrom tick at which the update began
 */
public record MemoryTimeline(List<Block> blocks, int ticks, int backwardFrom, int updateFrom) {
  public MemoryTimeline {
    blocks = List.copyOf(blocks);
  }

  /** What a block was for. */
  public enum Kind {
    /** Weights, biases, buffers of the model. */
    PARAMETER("parameters"),
    /** What the optimiser remembers. */
    OPTIMISER("optimiser"),
    /** What the tape keeps for the backward pass. */
    ACTIVATION("kept by the tape"),
    /** Gradients. */
    GRADIENT("gradients"),
    /** Images, annotations and other data from the host. */
    INPUT("inputs"),
    /** Everything else: intermediate results that nobody keeps. */
    TEMPORARY("temporary");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    /** For people. */
    public String words() {
      return words;
    }
  }

  /**
   * One block.
   *
   * @param bytes its size
   * @param kind what it was for
   * @param origin what it was made by or for
   * @param path module path at that time
   * @param from tick at which it was allocated, 0 for what was there before
   * @param to tick at which it was freed, or the number of ticks if it outlived the step
   * @param op index of the traced op whose output it is, or −1
   * @param holders indices of the ops for whose rules the tape keeps it
   */
  public record Block(
      long bytes,
      Kind kind,
      String origin,
      String path,
      int from,
      int to,
      int op,
      List<Integer> holders) {
    public Block {
      holders = List.copyOf(holders);
    }

    /** Whether it lived at a tick. */
    public boolean livesAt(int tick) {
      return from <= tick && tick < to;
    }
  }

  /** Live bytes after each tick. */
  public long[] live() {
    long[] bytes = new long[ticks + 1];
    for (Block b : blocks) {
      bytes[b.from()] += b.bytes();
      bytes[Math.min(b.to(), ticks)] -= b.to() < ticks ? b.bytes() : 0;
    }
    for (int t = 1; t <= ticks; t++) {
      bytes[t] += bytes[t - 1];
    }
    return bytes;
  }

  /** The first tick at which most bytes lived. */
  public int peakTick() {
    long[] live = live();
    int best = 0;
    for (int t = 1; t < ticks; t++) {
      best = live[t] > live[best] ? t : best;
    }
    return best;
  }

  /** The blocks that lived at a tick, largest first. */
  public List<Block> at(int tick) {
    return blocks.stream()
        .filter(b -> b.livesAt(tick))
        .sorted(Comparator.comparingLong(Block::bytes).reversed())
        .toList();
  }
}

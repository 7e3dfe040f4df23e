package dev.maskrcnn.tensor;

/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a
 * counter-based generator. Element i of stream (seed, offset) is a pure function of the three, so
 * every backend and every resumed run draws the same numbers.
 */
public final class Philox {
  private static final int M0 = 0xD2511F53;
  private static final int M1 = 0xCD9E8D57;
  private static final int W0 = 0x9E3779B9;
  private static final int W1 = 0xBB67AE85;

  private final long seed;
  private final long offset;
  private final int[] block = new int[4];
  private long blockIndex = -1;

  /** Stream {@code offset} of {@code seed}. */
  public Philox(long seed, long offset) {
    this.seed = seed;
    this.offset = offset;
  }

  /** 32 random bits: word {@code index & 3} of block {@code index >> 2}. */
  public int bits(long index) {
    long wanted = index >>> 2;
    if (wanted != blockIndex) {
      generate(wanted);
      blockIndex = wanted;
    }
    return block[(int) (index & 3)];
  }

  /** Uniform in [0, 1) with 24 bits. */
  public float uniform(long index) {
    return (bits(index) >>> 8) * 0x1p-24f;
  }

  /** Standard normal by Box–Muller from elements 2·index and 2·index+1. */
  public double normal(long index) {
    double u = ((bits(2 * index) & 0xffffffffL) + 1.0) * 0x1p-32;
    double v = (bits(2 * index + 1) & 0xffffffffL) * 0x1p-32;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  }

  /** The four words of any block, also of those that no index reaches. */
  int[] words(long counter) {
    generate(counter);
    blockIndex = counter;
    return block.clone();
  }

  private void generate(long counter) {
    int c0 = (int) counter;
    int c1 = (int) (counter >>> 32);
    int c2 = (int) offset;
    int c3 = (int) (offset >>> 32);
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < 10; round++) {
      long p0 = (M0 & 0xffffffffL) * (c0 & 0xffffffffL);
      long p1 = (M1 & 0xffffffffL) * (c2 & 0xffffffffL);
      int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c1 = (int) p1;
      c3 = (int) p0;
      c0 = n0;
      c2 = n2;
      k0 += W0;
      k1 += W1;
    }
    block[0] = c0;
    block[1] = c1;
    block[2] = c2;
    block[3] = c3;
  }
}

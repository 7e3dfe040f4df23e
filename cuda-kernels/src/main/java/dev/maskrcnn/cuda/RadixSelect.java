package dev.maskrcnn.cuda;

/**
 * Launches the part of {@code select_topk.cu} that ops share: the k largest of each row of scores
 * as entries of 8 bytes, in order. A selection has a state of {@link #STATE_BYTES} per row.
 */
final class RadixSelect {
  /** Entries that one block sorts; longer lists take one more launch. */
  static final int TILE = 2_048;

  static final int ENTRY_BYTES = 8;

  /** Size of {@code RowSelection}: how far the selection is, and 2,048 bins. */
  static final int STATE_BYTES = 32 + 2_048 * Integer.BYTES;

  /** Accepts every score as a candidate. */
  static final int ANY = 0;

  /** The key of score 0, as the lowest that takes part. */
  static final int NOT_NEGATIVE = 0x80000000;

  private static final int SELECT_THREADS = 512;
  private static final int RANK_THREADS = 1_024;
  private static final int WRITE_THREADS = 256;

  /** Scores that a block goes through: enough to pay for its histogram. */
  private static final int SCORES_PER_BLOCK = 4_096;

  private static final int MOST_PARTS = 256;
  private static final int DIGIT_BITS = 11;
  private static final int KEY_DIGITS = 3;

  private final CudaRuntime cuda;
  private final KernelFunction start;
  private final KernelFunction digits;
  private final KernelFunction gather;
  private final KernelFunction tiles;
  private final KernelFunction merge;

  RadixSelect(CudaRuntime cuda) {
    this.cuda = cuda;
    this.start = cuda.function("select_start");
    this.digits = cuda.function("select_digits_f32");
    this.gather = cuda.function("select_gather_f32");
    this.tiles = cuda.function("rank_tiles");
    this.merge = cuda.function("rank_merge");
  }

  /**
   * Rows to select from; none of the sizes is 0.
   *
   * @param scores device address of f32 {@code [count,length]}
   * @param k how many are wanted of each row, at most its length
   * @param floor {@link #ANY} or {@link #NOT_NEGATIVE}
   */
  record Rows(long scores, int count, int length, int k, int floor) {
    /** Bits in which the indices of a row differ. */
    int indexBits() {
      return bits(length);
    }

    /** Bytes of the states of all rows. */
    long stateBytes() {
      return (long) count * STATE_BYTES;
    }

    /** Bytes of a list with the winners of all rows. */
    long listBytes() {
      return (long) count * k * ENTRY_BYTES;
    }

    /** Blocks per row. */
    int parts() {
      return (int) Math.min(Launch.ceilDiv(length, SCORES_PER_BLOCK), MOST_PARTS);
    }
  }

  /** Bits of the numbers below {@code count}, which is at least 1. */
  static int bits(int count) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(count - 1);
  }

  /** Finds the k-th largest score of each row; the states then tell winners from others. */
  void select(Rows rows, long states) {
    boolean all = rows.k == rows.length;
    start.launch(
        Launch.blocks(rows.count, WRITE_THREADS),
        cuda.arguments().integer(rows.k).integer(rows.indexBits()).flag(all).pointer(states));
    if (all) {
      return;
    }
    int count = KEY_DIGITS + (int) Launch.ceilDiv(rows.indexBits(), DIGIT_BITS);
    // A digit of several blocks ends with the launch; one block goes through all by itself.
    int step = rows.parts() == 1 ? count : 1;
    for (int first = 0; first < count; first += step) {
      digits.launch(
          Launch.blocks((long) rows.count * rows.parts(), SELECT_THREADS),
          cuda.arguments()
              .pointer(rows.scores)
              .integer(rows.length)
              .integer(rows.floor)
              .integer(rows.indexBits())
              .integer(first)
              .integer(first + step)
              .integer(rows.parts())
              .pointer(states));
    }
  }

  /** Lists the winners of each row, {@code k} places per row, in no order. */
  void gather(Rows rows, long states, long winners) {
    gather.launch(
        Launch.blocks((long) rows.count * rows.parts(), SELECT_THREADS),
        cuda.arguments()
            .pointer(rows.scores)
            .integer(rows.length)
            .integer(rows.floor)
            .integer(rows.parts())
            .integer(rows.k)
            .pointer(states)
            .pointer(winners));
  }

  /**
   * Sorts the winners of each row, best first, and empties the places beyond them.
   *
   * @param spare another list, used where {@code k} is above {@link #TILE}
   * @return which of the two has the result
   */
  long rank(Rows rows, long states, long winners, long spare) {
    int count = (int) Launch.ceilDiv(rows.k, TILE);
    tiles.launch(
        Launch.blocks((long) rows.count * count, RANK_THREADS),
        cuda.arguments().pointer(states).integer(rows.k).integer(count).pointer(winners));
    if (count == 1) {
      return winners;
    }
    merge(winners, rows.count, rows.k, spare);
    return spare;
  }

  /** Merges the sorted tiles of {@code rows} lists of {@code length} entries. */
  void merge(long tiled, int rows, int length, long sorted) {
    merge.launch(
        Launch.of((long) rows * length, WRITE_THREADS),
        cuda.arguments().pointer(tiled).integer(rows).integer(length).pointer(sorted));
  }
}

package dev.maskrcnn.detection.data;

/** In which order the images of a source are visited. A pure function of the epoch. */
@FunctionalInterface
public interface EpochOrder {
  /** The indices of an epoch, counted from 0; a new array. */
  int[] indices(long epoch);

  /** 0, 1, 2, ... in every epoch, for tests. */
  static EpochOrder sequential(int size) {
    return epoch -> {
      int[] out = new int[size];
      for (int i = 0; i < size; i++) {
        out[i] = i;
      }
      return out;
    };
  }

  /** Another permutation in every epoch, drawn from (seed, epoch). */
  static EpochOrder shuffled(int size, long seed) {
    return epoch -> new DataRandom(seed, epoch).permutation(size);
  }

  /**
   * The share of one of several processes: the order is filled up by its own beginning to a
   * multiple of {@code world}, and process {@code rank} takes a contiguous block.
   *
   * @param rank from 0 to {@code world - 1}
   * @param world number of processes
   */
  default EpochOrder shard(int rank, int world) {
    if (rank < 0 || rank >= world) {
      throw new DataException(
          "shard: rank %s of %s processes, expected 0 to %s".formatted(rank, world, world - 1));
    }
    return epoch -> {
      int[] all = indices(epoch);
      int share = (all.length + world - 1) / world;
      int[] out = new int[share];
      for (int i = 0; i < share; i++) {
        out[i] = all[(rank * share + i) % all.length];
      }
      return out;
    };
  }
}

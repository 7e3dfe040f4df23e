package dev.maskrcnn.detection.data;

import java.util.List;

/** How an epoch is cut into batches. A pure function of the epoch. */
@FunctionalInterface
public interface EpochBatches {
  /** The batches of an epoch, counted from 0: indices of the source, in order. */
  List<int[]> batches(long epoch);
}

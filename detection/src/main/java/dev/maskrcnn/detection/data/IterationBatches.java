package dev.maskrcnn.detection.data;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Epoch after epoch until a number of batches is reached. Starting at iteration k gives what an
 * uninterrupted run gives from k on: the epochs before are planned, not loaded.
 */
public final class IterationBatches implements Iterator<PlannedBatch> {
  private final EpochBatches epochs;
  private final long end;
  private long iteration;
  private long epoch;
  private List<int[]> batches;
  private int at;

  /**
   * The batches of a run.
   *
   * @param epochs cuts an epoch into batches
   * @param start batches already done, 0 for a new run
   * @param end batches of the whole run
   * @throws DataException if an epoch has no batch
   */
  public IterationBatches(EpochBatches epochs, long start, long end) {
    if (start < 0) {
      throw new DataException("iterations: start at %s, expected at least 0".formatted(start));
    }
    this.epochs = epochs;
    this.end = end;
    this.iteration = start;
    if (start < end) {
      this.batches = plan(epochs, 0);
      long skip = start;
      while (skip >= batches.size()) {
        skip -= batches.size();
        batches = plan(epochs, ++epoch);
      }
      at = (int) skip;
    }
  }

  /** One pass over the data, for tests. */
  public static IterationBatches singlePass(EpochBatches epochs) {
    return new IterationBatches(epochs, 0, epochs.batches(0).size());
  }

  @Override
  public boolean hasNext() {
    return iteration < end;
  }

  @Override
  public PlannedBatch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("all %s batches are done".formatted(end));
    }
    if (at == batches.size()) {
      batches = plan(epochs, ++epoch);
      at = 0;
    }
    return new PlannedBatch(iteration++, epoch, batches.get(at++));
  }

  private static List<int[]> plan(EpochBatches epochs, long epoch) {
    List<int[]> out = epochs.batches(epoch);
    if (out.isEmpty()) {
      throw new DataException(
          "iterations: epoch %s has no batch; the dataset is empty, or smaller than a batch and"
                  .formatted(epoch)
              + " uneven batches are dropped");
    }
    return out;
  }
}

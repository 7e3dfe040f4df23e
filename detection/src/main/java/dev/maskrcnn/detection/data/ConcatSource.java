package dev.maskrcnn.detection.data;

import java.util.Arrays;
import java.util.List;

/** Several sources as one, in the given order. */
public final class ConcatSource implements SampleSource {
  private final List<SampleSource> parts;

  /** {@code starts[i]} is the first index of part i; the last element is the size. */
  private final int[] starts;

  /**
   * Joins sources.
   *
   * @param parts at least one
   */
  public ConcatSource(List<? extends SampleSource> parts) {
    if (parts.isEmpty()) {
      throw new DataException("concatenation: no datasets, expected at least 1");
    }
    this.parts = List.copyOf(parts);
    starts = new int[parts.size() + 1];
    for (int i = 0; i < parts.size(); i++) {
      starts[i + 1] = Math.addExact(starts[i], parts.get(i).size());
    }
  }

  @Override
  public int size() {
    return starts[parts.size()];
  }

  @Override
  public ImageEntry image(int index) {
    int part = partOf(index);
    return parts.get(part).image(index - starts[part]);
  }

  @Override
  public GroundTruth targets(int index) {
    int part = partOf(index);
    return parts.get(part).targets(index - starts[part]);
  }

  private int partOf(int index) {
    int at = Arrays.binarySearch(starts, index);
    if (at < 0) {
      return -at - 2;
    }
    while (starts[at + 1] == index) {
      at++; // parts without images share their start with the next
    }
    return at;
  }
}

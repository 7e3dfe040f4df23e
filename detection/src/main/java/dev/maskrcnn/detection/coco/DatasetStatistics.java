package dev.maskrcnn.detection.coco;

/** Counts and histograms of a dataset. */
public final class DatasetStatistics {
  private DatasetStatistics() {}

  /** Counts a dataset. */
  public static DatasetStatistics of(CocoDataset dataset) {
    throw new UnsupportedOperationException();
  }

  /** The counts as a table for people. */
  public String table() {
    throw new UnsupportedOperationException();
  }
}

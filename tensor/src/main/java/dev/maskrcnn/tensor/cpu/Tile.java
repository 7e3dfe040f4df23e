package dev.maskrcnn.tensor.cpu;

/**
 * A few rows of {@code [rows,C]} data as one block: loops run over the whole block instead of over
 * C, which may be too short to vectorise well. The number of rows is a power of two and depends on
 * C only.
 *
 * @param rows rows in a full tile
 * @param channels elements of a row
 */
record Tile(int rows, int channels) {

  static Tile of(int channels) {
    return new Tile(Math.max(1, Integer.highestOneBit(Elementwise.BLOCK / channels)), channels);
  }

  /** Elements of a full tile. */
  int size() {
    return rows * channels;
  }

  /** Repeats a row over the tile. */
  void repeat(float[] row, float[] tile) {
    System.arraycopy(row, 0, tile, 0, channels);
    for (int n = channels; n < tile.length; n *= 2) {
      System.arraycopy(tile, 0, tile, n, n);
    }
  }

  /** Adds the rows of a tile to {@code sums}, pairwise; overwrites the tile and the scratch. */
  void fold(float[] tile, float[] scratch, double[] sums, int at) {
    for (int n = tile.length / 2; n >= channels; n /= 2) {
      System.arraycopy(tile, n, scratch, 0, n);
      for (int i = 0; i < n; i++) {
        tile[i] += scratch[i];
      }
    }
    for (int c = 0; c < channels; c++) {
      sums[at + c] += tile[c];
    }
  }
}

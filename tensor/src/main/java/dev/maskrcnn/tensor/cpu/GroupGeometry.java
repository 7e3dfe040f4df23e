package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.shape.Shape;

/**
 * How {@code [N,…,C]} data is cut for group normalisation: each image into chunks of whole tiles.
 * Depends on the shape only.
 *
 * @param images N
 * @param rows pixels per image
 * @param groups groups of channels
 * @param tile the block of pixels that loops run over
 */
record GroupGeometry(int images, int rows, int groups, Tile tile) {
  /** Tiles in a chunk: sums in float are at most so many terms deep. */
  private static final int TILES = 64;

  static GroupGeometry of(Shape x, int groups) {
    int channels = x.dim(-1);
    int rows = Math.toIntExact(x.size(1, x.rank() - 1));
    return new GroupGeometry(x.dim(0), rows, groups, Tile.of(channels));
  }

  int channels() {
    return tile.channels();
  }

  /** Channels of a group. */
  int groupWidth() {
    return channels() / groups;
  }

  /** Elements over which a group's statistics are taken. */
  double groupSize() {
    return (double) rows * groupWidth();
  }

  /** Pixels in a full chunk. */
  int chunkRows() {
    return TILES * tile.rows();
  }

  int chunksPerImage() {
    return (rows + chunkRows() - 1) / chunkRows();
  }

  int chunks() {
    return images * chunksPerImage();
  }

  /** Chunks per parallel task. */
  int grain() {
    int chunk = Math.max(1, Math.min(rows, chunkRows()) * channels());
    return Math.max(1, Slab.TASK / chunk);
  }

  int image(int chunk) {
    return chunk / chunksPerImage();
  }

  /** Index of the chunk's first element. */
  int start(int chunk) {
    int row = chunk % chunksPerImage() * chunkRows();
    return (image(chunk) * rows + row) * channels();
  }

  /** Elements in the chunk. */
  int length(int chunk) {
    int row = chunk % chunksPerImage() * chunkRows();
    return Math.min(chunkRows(), rows - row) * channels();
  }
}

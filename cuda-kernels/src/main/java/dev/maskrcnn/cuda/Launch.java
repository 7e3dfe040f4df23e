package dev.maskrcnn.cuda;

/**
 * Shape of a kernel launch. A launch with an empty grid does nothing.
 *
 * @param gridX blocks along x, up to 2^31 - 1
 * @param gridY blocks along y, up to 65,535
 * @param gridZ blocks along z, up to 65,535
 * @param block threads of a block, up to 1,024
 * @param sharedBytes dynamic shared memory of a block, in bytes
 */
record Launch(long gridX, int gridY, int gridZ, int block, int sharedBytes) {
  private static final int GRID_YZ_LIMIT = 65_535;
  private static final int BLOCK_LIMIT = 1_024;

  /** Blocks of a grid-stride launch: several waves on the largest devices, cheap on small ones. */
  private static final int STRIDED_BLOCKS = 1 << 16;

  Launch {
    if (gridX < 0 || gridX > Integer.MAX_VALUE) {
      throw new CudaException("launch: grid x " + gridX + ", expected 0 to 2^31 - 1");
    }
    if (gridY < 0 || gridY > GRID_YZ_LIMIT || gridZ < 0 || gridZ > GRID_YZ_LIMIT) {
      throw new CudaException(
          "launch: grid y, z " + gridY + ", " + gridZ + ", expected 0 to " + GRID_YZ_LIMIT);
    }
    if (block < 1 || block > BLOCK_LIMIT) {
      throw new CudaException("launch: block " + block + ", expected 1 to " + BLOCK_LIMIT);
    }
    if (sharedBytes < 0) {
      throw new CudaException("launch: " + sharedBytes + " bytes of shared memory, expected >= 0");
    }
  }

  /** One thread per element, at most 65,536 blocks: for kernels with a grid-stride loop. */
  static Launch of(long elements, int block) {
    return new Launch(Math.min(ceilDiv(elements, block), STRIDED_BLOCKS), 1, 1, block, 0);
  }

  /** So many blocks of so many threads. */
  static Launch blocks(long blocks, int block) {
    return new Launch(blocks, 1, 1, block, 0);
  }

  /** This shape with other grid sizes along y and z. */
  Launch grid(int y, int z) {
    return new Launch(gridX, y, z, block, sharedBytes);
  }

  /** This shape with so many bytes of dynamic shared memory. */
  Launch shared(int bytes) {
    return new Launch(gridX, gridY, gridZ, block, bytes);
  }

  /** True if there is nothing to run. */
  boolean isEmpty() {
    return gridX == 0 || gridY == 0 || gridZ == 0;
  }

  /** {@code a / b}, rounded up, for {@code a >= 0}. */
  static long ceilDiv(long a, long b) {
    return (a + b - 1) / b;
  }

  @Override
  public String toString() {
    return "grid "
        + gridX
        + "x"
        + gridY
        + "x"
        + gridZ
        + ", block "
        + block
        + (sharedBytes == 0 ? "" : ", shared " + sharedBytes);
  }
}

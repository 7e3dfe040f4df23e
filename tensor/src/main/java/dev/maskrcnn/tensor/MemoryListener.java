package dev.maskrcnn.tensor;

/** Is told of every block that a device allocates and frees: for reports of memory over time. */
public interface MemoryListener {
  /**
   * Called after a block was allocated.
   *
   * @param storage names the block until it is freed
   * @param bytes its size
   * @param origin what it was allocated for: the label of an op, or a word such as host data
   * @param path module path at the time of the call, possibly empty
   */
  void allocated(Storage storage, long bytes, String origin, String path);

  /** Called when the last handle of a block was given up, before the memory goes to the pool. */
  void freed(Storage storage);
}

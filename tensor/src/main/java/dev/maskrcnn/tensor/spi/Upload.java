package dev.maskrcnn.tensor.spi;

/** Copies from the host that are under way beside the computation. */
@FunctionalInterface
public interface Upload {
  /** Puts all work that is issued from now on behind the copies. The host does not wait. */
  void join();
}

package dev.maskrcnn.tensor.spi;

/** A pass that was captured and is done as a whole, on the memory that it was captured with. */
public interface Graph extends AutoCloseable {
  /** Issues the pass. */
  void launch();

  /** Frees the graph and the result of its pass. Closing twice is harmless. */
  @Override
  void close();
}

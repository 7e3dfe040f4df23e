package dev.maskrcnn.tensor.spi;

/**
 * A pass that was captured once and is done as a whole, on the memory that it was captured with.
 *
 * @param <R> what it computes
 */
public interface Graph<R extends Graph.Held> extends AutoCloseable {
  /** Memory that outlives the pass that made it. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /** What the pass computes: written anew by each launch, and closed with the graph. */
  R result();

  /** Issues the pass. */
  void launch();

  /** Frees the graph and its result. Closing twice is harmless. */
  @Override
  void close();
}

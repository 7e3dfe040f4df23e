package dev.maskrcnn.tensor.spi;

/** Work that was captured once and is done as a whole, on the memory that it was captured with. */
public interface Graph extends AutoCloseable {
  /** What a backend remembers of a rehearsal. */
  interface Rehearsal {}

  /** Issues it. */
  void launch();

  @Override
  void close();
}

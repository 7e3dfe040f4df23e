package dev.maskrcnn.nn;

/** Memory derived from parameters, freed with them. */
interface OwnedCache extends AutoCloseable {
  @Override
  void close();
}

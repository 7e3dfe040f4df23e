package dev.maskrcnn.tensor;

import java.util.ArrayList;
import java.util.List;

/** Counts the living blocks of a device and tells the listeners of memory. */
final class DeviceMemory {
  private final List<MemoryListener> listeners = new ArrayList<>();
  private long bytes;
  private long peak;
  private long blocks;

  List<MemoryListener> listeners() {
    return listeners;
  }

  void allocated(Storage storage, String origin, String path) {
    bytes += storage.bytes();
    blocks++;
    peak = Math.max(peak, bytes);
    for (MemoryListener l : listeners) {
      l.allocated(storage, storage.bytes(), origin, path);
    }
  }

  void freed(Storage storage) {
    bytes -= storage.bytes();
    blocks--;
    for (MemoryListener l : listeners) {
      l.freed(storage);
    }
  }

  long bytes() {
    return bytes;
  }

  long peak() {
    return peak;
  }

  long blocks() {
    return blocks;
  }

  void resetPeak() {
    peak = bytes;
  }
}

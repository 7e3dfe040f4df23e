package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.device.DeviceException;

/**
 * The thread that a device belongs to. Neither tensors nor native libraries can take calls from two
 * threads, so a call from another thread, or after the end, is refused before it reaches them.
 */
final class DeviceOwner {
  private final String device;

  /** Null while the device is handed over, and once it is closed. */
  private volatile Thread thread = Thread.currentThread();

  private boolean closed;

  DeviceOwner(String device) {
    this.device = device;
  }

  /** Passes if the calling thread may use the device. */
  void require() {
    if (Thread.currentThread() != thread) {
      claim();
    }
  }

  private synchronized void claim() {
    if (closed) {
      throw new DeviceException("device " + device + ": it was closed and cannot be used any more");
    }
    if (thread == null) {
      thread = Thread.currentThread();
    } else if (Thread.currentThread() != thread) {
      throw new DeviceException(
          "device %s: it belongs to thread %s and was used from thread %s; open a device for each"
                  .formatted(device, thread.getName(), Thread.currentThread().getName())
              + " thread, or call handOver() in the thread that used it last");
    }
  }

  synchronized void handOver() {
    require();
    thread = null;
  }

  synchronized boolean closed() {
    return closed;
  }

  synchronized void close() {
    closed = true;
    thread = null;
  }
}

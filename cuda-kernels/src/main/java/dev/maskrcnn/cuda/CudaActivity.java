package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceActivity;

/** Counts what the driver and the libraries are asked to do. */
final class CudaActivity {
  private long launches;
  private long libraryCalls;
  private long copies;
  private long uploadsAhead;
  private long waits;
  private long reads;
  private long allocations;
  private long graphLaunches;

  void launched() {
    launches++;
  }

  void calledLibrary() {
    libraryCalls++;
  }

  void copied() {
    copies++;
  }

  /** A copy on the stream of the uploads. */
  void uploadedAhead() {
    copies++;
    uploadsAhead++;
  }

  void waited() {
    waits++;
  }

  void read() {
    reads++;
  }

  void allocated() {
    allocations++;
  }

  void launchedGraph() {
    graphLaunches++;
  }

  DeviceActivity sum() {
    return new DeviceActivity(
        launches, libraryCalls, copies, uploadsAhead, waits, reads, allocations, graphLaunches);
  }
}

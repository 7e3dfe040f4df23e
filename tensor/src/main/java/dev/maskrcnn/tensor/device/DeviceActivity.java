package dev.maskrcnn.tensor.device;

/**
 * What a device was asked to do since it opened: the costs of a step that no clock shows. Zeros for
 * a device that is the host.
 *
 * @param launches of kernels
 * @param libraryCalls convolutions and products in vendor libraries
 * @param copies and fills
 * @param uploadsAhead those of the copies that run beside the computation
 * @param waits of the host for the device, apart from reads
 * @param reads that the host waited for (see {@code Backend.read})
 * @param allocations that the memory pool could not serve, of device or page-locked memory
 * @param graphLaunches of captured passes
 */
public record DeviceActivity(
    long launches,
    long libraryCalls,
    long copies,
    long uploadsAhead,
    long waits,
    long reads,
    long allocations,
    long graphLaunches) {
  /** Of a device that only computes in calls. */
  public static final DeviceActivity NONE = new DeviceActivity(0, 0, 0, 0, 0, 0, 0, 0);

  /** What happened since an earlier look. */
  public DeviceActivity since(DeviceActivity earlier) {
    return new DeviceActivity(
        launches - earlier.launches,
        libraryCalls - earlier.libraryCalls,
        copies - earlier.copies,
        uploadsAhead - earlier.uploadsAhead,
        waits - earlier.waits,
        reads - earlier.reads,
        allocations - earlier.allocations,
        graphLaunches - earlier.graphLaunches);
  }
}

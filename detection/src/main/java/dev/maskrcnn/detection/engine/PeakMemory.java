package dev.maskrcnn.detection.engine;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The most memory that was in use so far. */
public final class PeakMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String PEAK = "VmHWM:";
  private static final double MEGABYTE = 1 << 20;
  private static final List<String> HOSTS = List.of("cpu", "reference");

  private PeakMemory() {}

  /**
   * In MiB: on a CPU the peak resident size of this process where the system tells it, else what
   * the device's pool holds, or the peak of the tensors if that is more.
   */
  public static double megabytes(Device device) {
    if (HOSTS.contains(device.name()) && Files.isReadable(STATUS)) {
      try {
        for (String line : Files.readAllLines(STATUS)) {
          if (line.startsWith(PEAK)) {
            return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
          }
        }
      } catch (IOException e) {
        throw new RunException(STATUS + ": cannot be read: " + FileFailure.reason(e), e);
      }
    }
    // What the device's pool holds includes scratch and workspace, which are no tensors.
    return Math.max(device.peakBytes(), device.reservedBytes()) / MEGABYTE;
  }
}

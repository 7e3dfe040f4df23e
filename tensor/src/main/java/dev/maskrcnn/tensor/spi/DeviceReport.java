package dev.maskrcnn.tensor.spi;

import java.util.List;

/**
 * Says what devices of one kind this machine has and what is missing, for {@code maskrcnn doctor};
 * found with {@link java.util.ServiceLoader}. A report opens no device and changes nothing.
 */
public interface DeviceReport {
  /** The kind of device that it is about, the title of its lines. */
  String kind();

  /** Facts, one a line; what is missing is a line too, with the way to get it. Never throws. */
  List<String> lines();
}

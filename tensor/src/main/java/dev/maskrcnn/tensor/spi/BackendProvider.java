package dev.maskrcnn.tensor.spi;

import dev.maskrcnn.tensor.device.DeviceOptions;

/** Opens backends by device name; found with {@link java.util.ServiceLoader}. */
public interface BackendProvider {
  /** The kind of device: the part of the name before a colon ({@code cpu}, {@code cuda}, …). */
  String kind();

  /**
   * Opens a device.
   *
   * @param index the number after the colon, 0 if there is none
   * @param options each backend reads its own
   * @throws dev.maskrcnn.tensor.device.DeviceException saying what is missing and how to get it, or
   *     which option is wrong
   */
  Backend open(int index, DeviceOptions options);
}

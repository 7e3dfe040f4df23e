package dev.maskrcnn.tensor.spi;

/** Opens backends by device name; found with {@link java.util.ServiceLoader}. */
public interface BackendProvider {
  /** The kind of device: the part of the name before a colon ({@code cpu}, {@code cuda}, …). */
  String kind();

  /**
   * Opens a device.
   *
   * @param index the number after the colon, 0 if there is none
   * @throws dev.maskrcnn.tensor.device.DeviceException saying what is missing and how to get it
   */
  Backend open(int index);
}

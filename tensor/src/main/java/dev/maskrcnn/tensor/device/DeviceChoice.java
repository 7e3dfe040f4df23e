package dev.maskrcnn.tensor.device;

/**
 * Which device to open and how it computes.
 *
 * @param name {@code cpu}, {@code cuda} or {@code cuda:n}
 */
public record DeviceChoice(String name, DeviceOptions options) {
  /** A device with the options that the system properties give. */
  public static DeviceChoice of(String name) {
    return new DeviceChoice(name, DeviceOptions.fromSystemProperties());
  }

  /** The same device with one more option. */
  public DeviceChoice with(DeviceSetting setting, Object value) {
    return new DeviceChoice(name, options.with(setting, value));
  }
}

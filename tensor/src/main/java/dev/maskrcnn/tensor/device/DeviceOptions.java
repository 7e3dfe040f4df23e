package dev.maskrcnn.tensor.device;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a device computes, given to {@code Device.open}; immutable. What is not set has the default
 * that {@link DeviceSetting} names.
 */
public record DeviceOptions(Map<DeviceSetting, String> values) {
  private static final DeviceOptions NONE = new DeviceOptions(Map.of());

  public DeviceOptions {
    values = Map.copyOf(values);
  }

  /** Defaults only. */
  public static DeviceOptions none() {
    return NONE;
  }

  /** What the system properties say, as {@code java -Dmaskrcnn.threads=2} sets them. */
  public static DeviceOptions fromSystemProperties() {
    Map<DeviceSetting, String> values = new EnumMap<>(DeviceSetting.class);
    for (DeviceSetting setting : DeviceSetting.values()) {
      String value = System.getProperty(setting.property());
      if (value != null) {
        values.put(setting, value);
      }
    }
    return new DeviceOptions(values);
  }

  /** These options with one more; a device checks the value when it opens. */
  public DeviceOptions with(DeviceSetting setting, Object value) {
    Map<DeviceSetting, String> more = new EnumMap<>(DeviceSetting.class);
    more.putAll(values);
    more.put(setting, value.toString());
    return new DeviceOptions(more);
  }

  /** The value as it was given. */
  public Optional<String> text(DeviceSetting setting) {
    return Optional.ofNullable(values.get(setting));
  }

  /**
   * A value that must be true or false.
   *
   * @throws DeviceException naming the setting if it is neither
   */
  public boolean flag(DeviceSetting setting, boolean otherwise) {
    String value = values.getOrDefault(setting, Boolean.toString(otherwise));
    if (!value.equals("true") && !value.equals("false")) {
      throw wrong(setting, value, "true or false");
    }
    return value.equals("true");
  }

  /**
   * A whole number.
   *
   * @throws DeviceException naming the setting if it is none or less than {@code least}
   */
  public int number(DeviceSetting setting, int otherwise, int least) {
    String value = values.get(setting);
    if (value == null) {
      return otherwise;
    }
    try {
      int n = Integer.parseInt(value.strip());
      if (n >= least) {
        return n;
      }
    } catch (NumberFormatException e) {
      // Told below: the value is what matters, not the parser's words.
    }
    throw wrong(setting, value, "a whole number >= " + least);
  }

  private static DeviceException wrong(DeviceSetting setting, String value, String expected) {
    return new DeviceException(setting.property() + ": " + value + ", expected " + expected);
  }
}

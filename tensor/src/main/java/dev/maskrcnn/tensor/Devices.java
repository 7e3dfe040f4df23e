package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.spi.BackendProvider;
import dev.maskrcnn.tensor.spi.DeviceReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeSet;

/** The kinds of devices on the class path, and what this machine has of them. */
public final class Devices {
  private Devices() {}

  static Device open(String name, DeviceOptions options) {
    String kind = name.toLowerCase(Locale.ROOT);
    int index = 0;
    int colon = kind.indexOf(':');
    if (colon >= 0) {
      try {
        index = Integer.parseInt(kind.substring(colon + 1));
      } catch (NumberFormatException e) {
        throw new DeviceException("device " + name + ": the part after ':' must be a number");
      }
      kind = kind.substring(0, colon);
    }
    for (BackendProvider p : ServiceLoader.load(BackendProvider.class)) {
      if (p.kind().equals(kind)) {
        return new Device(p.open(index, options));
      }
    }
    throw new DeviceException(
        "device " + name + ": no such device; choose one of " + String.join(", ", kinds()));
  }

  /** The kinds of devices on the class path, in alphabetical order. Not all may be there. */
  public static List<String> kinds() {
    TreeSet<String> kinds = new TreeSet<>();
    ServiceLoader.load(BackendProvider.class).forEach(p -> kinds.add(p.kind()));
    return List.copyOf(kinds);
  }

  /** What this machine has of each kind of device, one fact a line; opens nothing. */
  public static Map<String, List<String>> reports() {
    Map<String, List<String>> reports = new LinkedHashMap<>();
    ServiceLoader.load(DeviceReport.class).forEach(r -> reports.put(r.kind(), r.lines()));
    return reports;
  }
}

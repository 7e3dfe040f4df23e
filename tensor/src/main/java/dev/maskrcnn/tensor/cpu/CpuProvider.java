package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.host.NativeFolder;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.BackendProvider;

/** Opens the CPU backend. */
public final class CpuProvider implements BackendProvider {
  @Override
  public String kind() {
    return "cpu";
  }

  @Override
  public Backend open(int index, DeviceOptions options) {
    if (index != 0) {
      throw new DeviceException("device cpu:" + index + ": there is only one, cpu");
    }
    CpuSettings settings = CpuSettings.of(options);
    try {
      return new CpuBackend(settings);
    } catch (LinkageError e) {
      throw NativeFolder.failure("device cpu", e);
    }
  }
}

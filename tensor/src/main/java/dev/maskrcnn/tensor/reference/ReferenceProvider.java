package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.host.NativeFolder;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.BackendProvider;

/** Opens {@code reference}. */
public final class ReferenceProvider implements BackendProvider {
  @Override
  public String kind() {
    return "reference";
  }

  @Override
  public Backend open(int index, DeviceOptions options) {
    if (index != 0) {
      throw new DeviceException("device reference:" + index + ": there is only reference:0");
    }
    try {
      return new ReferenceBackend();
    } catch (LinkageError e) {
      throw NativeFolder.failure("device reference", e);
    }
  }
}

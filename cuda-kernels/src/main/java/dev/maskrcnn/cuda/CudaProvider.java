package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.BackendProvider;

/**
 * Opens {@code cuda} and {@code cuda:n}, the devices that the NVIDIA driver shows. Where there is
 * no driver, {@code -Dcuda.emulation=true} lets {@code cuda} be the emulation.
 */
public final class CudaProvider implements BackendProvider {
  @Override
  public String kind() {
    return "cuda";
  }

  @Override
  public Backend open(int index, DeviceOptions options) {
    return new CudaBackend(new CudaRuntime(CudaLibraries.loadDriver(options), index, options));
  }
}

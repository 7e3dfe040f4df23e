package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.BackendProvider;

/**
 * Opens {@code cuda-emulated}: the same kernels and the same runtime on a stand-in for the driver
 * that runs them on the CPU and checks their memory accesses. It proves logic, never speed.
 */
public final class CudaEmulationProvider implements BackendProvider {
  @Override
  public String kind() {
    return "cuda-emulated";
  }

  @Override
  public Backend open(int index, DeviceOptions options) {
    return new CudaBackend(new CudaRuntime(CudaLibraries.loadEmulation(options), index, options));
  }
}

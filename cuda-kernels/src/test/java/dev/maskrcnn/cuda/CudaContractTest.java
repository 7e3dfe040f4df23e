package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.contract.KernelContract;

class CudaContractTest extends KernelContract {
  @Override
  protected Device open() {
    return CudaTestDevice.open();
  }
}

package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.contract.KernelContract;

class CpuContractTest extends KernelContract {
  @Override
  protected Device open() {
    return Device.open("cpu");
  }
}

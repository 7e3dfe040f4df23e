package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.contract.OperatorGoldens;

class CpuGoldensTest extends OperatorGoldens {
  @Override
  protected Device open() {
    return Device.open("cpu");
  }
}

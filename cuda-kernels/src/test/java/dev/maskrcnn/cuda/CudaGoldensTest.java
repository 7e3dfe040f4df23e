package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.contract.OperatorGoldens;

class CudaGoldensTest extends OperatorGoldens {
  @Override
  protected Device open() {
    return CudaTestDevice.open();
  }
}

package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.contract.OperatorGoldens;

class ReferenceGoldensTest extends OperatorGoldens {
  @Override
  protected Device open() {
    return Device.open("reference");
  }
}

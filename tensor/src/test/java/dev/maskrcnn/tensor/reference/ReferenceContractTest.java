package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.contract.KernelContract;

/** Values are compared with themselves here; what counts is that inputs stay and outputs fill. */
class ReferenceContractTest extends KernelContract {
  @Override
  protected Device open() {
    return Device.open("reference");
  }
}

package dev.maskrcnn.cuda;

import jcuda.driver.CUdeviceptr;

/** A device address that Java can read: JCuda keeps it from all but subclasses. */
final class DevicePointer extends CUdeviceptr {
  /** A null pointer that an allocation fills. */
  DevicePointer() {}

  DevicePointer(long address) {
    super(new CUdeviceptr(), address);
  }

  long address() {
    return getNativePointer() + getByteOffset();
  }
}

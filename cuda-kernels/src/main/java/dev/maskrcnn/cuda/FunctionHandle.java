package dev.maskrcnn.cuda;

import jcuda.driver.CUfunction;

/** The driver's handle of a kernel whose address Java can read: JCuda keeps it from others. */
final class FunctionHandle extends CUfunction {
  long address() {
    return getNativePointer();
  }
}

package dev.maskrcnn.cuda;

import jcuda.Pointer;

/** Host memory by its address, which JCuda passes on as it is. */
final class HostPointer extends Pointer {
  HostPointer(long address) {
    super(address);
  }
}

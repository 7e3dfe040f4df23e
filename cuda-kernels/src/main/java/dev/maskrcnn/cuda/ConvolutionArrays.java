package dev.maskrcnn.cuda;

/**
 * Where a convolution's arrays lie on the device: image, filter, result and workspace.
 *
 * @param workspaceBytes size of the workspace, 0 if there is none
 */
record ConvolutionArrays(
    DevicePointer x,
    DevicePointer w,
    DevicePointer y,
    DevicePointer workspace,
    long workspaceBytes) {

  static ConvolutionArrays of(long x, long w, long y) {
    return new ConvolutionArrays(
        new DevicePointer(x), new DevicePointer(w), new DevicePointer(y), new DevicePointer(0), 0);
  }

  /** These arrays with so much workspace at an address. */
  ConvolutionArrays workspace(long address, long bytes) {
    return new ConvolutionArrays(x, w, y, new DevicePointer(bytes == 0 ? 0 : address), bytes);
  }
}

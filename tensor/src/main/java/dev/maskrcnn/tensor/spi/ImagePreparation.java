package dev.maskrcnn.tensor.spi;

import dev.maskrcnn.tensor.op.ImagePlacement;

/** Takes decoded photographs to their places in the network's input, on the device. */
@FunctionalInterface
public interface ImagePreparation {
  /**
   * Fills one image of a batch, padding included.
   *
   * @param pixels U8 {@code [h,w,3]}, RGB
   * @param batch {@code [N,H,W,C]} of F32, F16 or BF16, C at least 3; channels beyond the third
   *     become 0, and so do the pixels to the right of the image and below it
   * @throws dev.maskrcnn.tensor.device.DeviceException if the shapes do not fit
   */
  void run(DenseArray pixels, DenseArray batch, ImagePlacement placement);
}

package dev.maskrcnn.tensor.spi;

import dev.maskrcnn.tensor.Tensor;

/**
 * Takes decoded photographs to their places in the network's input, on the device: resized,
 * flipped, normalised and padded. It writes into a tensor that it is given, has no derivative and
 * belongs to the way into a model, so it is no op of the catalogue.
 */
public interface ImagePreparation {
  /** How pixels are interpolated. */
  enum Resampling {
    /** Pillow's BILINEAR, byte for byte: maskrcnn-benchmark, detectron2, NVIDIA 2019. */
    PILLOW,
    /** PyTorch's on tensors, rounded to bytes, half to even: NVIDIA 2024. */
    HALF_PIXEL_BYTES,
    /** PyTorch's on tensors, fractions kept: torchvision. */
    HALF_PIXEL
  }

  /**
   * Normalisation {@code (v - mean) / deviation}.
   *
   * @param mean {@code [3]}, in the order and range of the network's input
   * @param deviation {@code [3]}, likewise, not 0
   * @param bgr255 the input is BGR, 0 to 255 (Caffe2 weights) instead of RGB, 0 to 1
   */
  record Colors(float[] mean, float[] deviation, boolean bgr255) {
    public Colors {
      if (mean.length != 3 || deviation.length != 3) {
        throw new IllegalArgumentException(
            "colors: %d means and %d deviations, expected 3 each"
                .formatted(mean.length, deviation.length));
      }
      mean = mean.clone();
      deviation = deviation.clone();
    }
  }

  /** Which image of the batch, its height and width there, and whether it is reversed in x. */
  record Place(int image, int height, int width, boolean flip) {}

  /**
   * Fills one image of a batch, padding included.
   *
   * @param pixels U8 {@code [h,w,3]}, RGB
   * @param batch {@code [N,H,W,C]} of F32, F16 or BF16, C at least 3; channels beyond the third
   *     become 0, and so do the pixels to the right of the image and below it
   * @throws dev.maskrcnn.tensor.device.DeviceException if the shapes do not fit
   */
  void run(Tensor pixels, Tensor batch, Resampling resampling, Colors colors, Place place);
}

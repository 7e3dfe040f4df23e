package dev.maskrcnn.detection.image;

/** How pixels are interpolated when an image is resized for the network. */
public enum Resampling {
  /** {@link PillowBilinear}: maskrcnn-benchmark, detectron2, NVIDIA 2019. */
  PILLOW {
    @Override
    public Pixels resize(RgbImage image, ImageSize size) {
      return PillowBilinear.resize(image, size.width(), size.height());
    }
  },
  /** {@link TensorBilinear} rounded to bytes: NVIDIA 2024. */
  TENSOR_BYTES {
    @Override
    public Pixels resize(RgbImage image, ImageSize size) {
      return size.equals(ImageSize.of(image))
          ? image
          : TensorBilinear.resizeToBytes(image, size.width(), size.height());
    }
  },
  /** {@link TensorBilinear} with fractions kept: torchvision. */
  TENSOR_FLOATS {
    @Override
    public Pixels resize(RgbImage image, ImageSize size) {
      return size.equals(ImageSize.of(image))
          ? image
          : TensorBilinear.resize(image, size.width(), size.height());
    }
  };

  /** The image at another size; the argument itself if the size stays. */
  public abstract Pixels resize(RgbImage image, ImageSize size);
}

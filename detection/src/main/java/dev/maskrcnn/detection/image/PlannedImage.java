package dev.maskrcnn.detection.image;

/**
 * An image and what is to become of it, for a device that does it: at its new size for everyone who
 * asks, though its pixels are still the original ones.
 *
 * @param original as decoded
 * @param size that it will have
 * @param resampling how it gets there
 * @param reversed in x, once it has its new size
 */
public record PlannedImage(
    RgbImage original, ImageSize size, Resampling resampling, boolean reversed) implements Pixels {
  @Override
  public int width() {
    return size.width();
  }

  @Override
  public int height() {
    return size.height();
  }

  @Override
  public PlannedImage flipped() {
    return new PlannedImage(original, size, resampling, !reversed);
  }

  /** Does on the host what was planned. */
  public Pixels done() {
    Pixels resized = resampling.resize(original, size);
    return reversed ? resized.flipped() : resized;
  }
}

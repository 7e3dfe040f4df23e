package dev.maskrcnn.detection.image;

import java.util.Objects;

/**
 * The size that an image gets before it enters the network: its short side becomes {@code minSize}
 * unless the long one would then exceed {@code maxSize}.
 *
 * @param minSize wanted short side in pixels
 * @param maxSize bound of the long side in pixels, at least {@code minSize}
 * @param rounding whose arithmetic decides the last pixel
 */
public record ResizeRule(int minSize, int maxSize, Rounding rounding) {
  /** The families differ by a pixel, which shifts every box. */
  public enum Rounding {
    /**
     * maskrcnn-benchmark and NVIDIA: the short side is rounded (half to even) when the bound acts,
     * the long side always truncated. May exceed the bound by a pixel: 640x200 at 800/1333 gives
     * 1334x417.
     */
    MASKRCNN_BENCHMARK,
    /** detectron2: both sides rounded half up. */
    DETECTRON2,
    /** torchvision since 0.28: one scale in double precision, both sides truncated. */
    TORCHVISION,
    /** torchvision before: the same in single precision, a pixel less for many photos. */
    TORCHVISION_FLOAT
  }

  public ResizeRule {
    Objects.requireNonNull(rounding, "rounding");
    if (minSize < 1 || maxSize < 1) {
      throw new IllegalArgumentException(
          "resize rule: min size %s, max size %s, expected at least 1; check"
                  .formatted(minSize, maxSize)
              + " INPUT.MIN_SIZE_* and INPUT.MAX_SIZE_*");
    }
  }

  /** The rule of maskrcnn-benchmark, the default of this system. */
  public ResizeRule(int minSize, int maxSize) {
    this(minSize, maxSize, Rounding.MASKRCNN_BENCHMARK);
  }

  /**
   * The network size of an image. No side becomes 0, however long and thin the image is.
   *
   * @param width of the original, at least 1
   * @param height of the original, at least 1
   */
  public ImageSize apply(int width, int height) {
    return switch (rounding) {
      case MASKRCNN_BENCHMARK -> maskrcnnBenchmark(width, height);
      case DETECTRON2 -> detectron2(width, height);
      case TORCHVISION -> {
        double scale =
            Math.min(
                (double) minSize / Math.min(width, height),
                (double) maxSize / Math.max(width, height));
        yield atLeastOne(width * scale, height * scale);
      }
      case TORCHVISION_FLOAT -> torchvisionFloat(width, height);
    };
  }

  private ImageSize maskrcnnBenchmark(int width, int height) {
    double shortSide = Math.min(width, height);
    double longSide = Math.max(width, height);
    int size = minSize;
    if (longSide / shortSide * size > maxSize) {
      size = (int) Math.max(1, Math.rint(maxSize * shortSide / longSide));
    }
    if (Math.min(width, height) == size) {
      return new ImageSize(width, height);
    }
    return width < height
        ? new ImageSize(size, (int) ((double) size * height / width))
        : new ImageSize((int) ((double) size * width / height), size);
  }

  private ImageSize detectron2(int width, int height) {
    double scale = (double) minSize / Math.min(width, height);
    double newWidth = height < width ? scale * width : minSize;
    double newHeight = height < width ? minSize : scale * height;
    double longSide = Math.max(newWidth, newHeight);
    if (longSide > maxSize) {
      double shrink = maxSize / longSide;
      newWidth *= shrink;
      newHeight *= shrink;
    }
    return atLeastOne(newWidth + 0.5, newHeight + 0.5);
  }

  private ImageSize torchvisionFloat(int width, int height) {
    // PyTorch divides a number by a tensor as reciprocal times number, which rounds twice.
    float scale =
        Math.min(1f / Math.min(width, height) * minSize, 1f / Math.max(width, height) * maxSize);
    return atLeastOne(width * (double) scale, height * (double) scale);
  }

  private static ImageSize atLeastOne(double width, double height) {
    return new ImageSize(Math.max(1, (int) width), Math.max(1, (int) height));
  }
}

package dev.maskrcnn.nn;

import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.Shape;

/**
 * Extents of a convolution.
 *
 * @param in input channels
 * @param out output channels
 * @param kernel extent of the square kernel
 * @param window stride, padding, dilation and groups
 */
public record ConvGeometry(int in, int out, int kernel, Window window) {
  public ConvGeometry {
    if (in < 1 || out < 1 || kernel < 1 || in % window.groups() != 0) {
      throw new NnException(
          "convolution: "
              + in
              + " to "
              + out
              + " channels, kernel "
              + kernel
              + ", groups "
              + window.groups()
              + "; all must be positive and the groups divide the input channels");
    }
  }

  /** Stride 1 and the padding that keeps the size for an odd kernel. */
  public static ConvGeometry of(int in, int out, int kernel) {
    return new ConvGeometry(in, out, kernel, Window.of(1, (kernel - 1) / 2));
  }

  /** With another stride. */
  public ConvGeometry stride(int stride) {
    return with(new Window(stride, window.padding(), window.dilation(), window.groups()));
  }

  /** With another padding. */
  public ConvGeometry padding(int padding) {
    return with(new Window(window.stride(), padding, window.dilation(), window.groups()));
  }

  /** With another dilation and the padding that keeps the size for an odd kernel. */
  public ConvGeometry dilation(int dilation) {
    int padding = dilation * (kernel - 1) / 2;
    return with(new Window(window.stride(), padding, dilation, window.groups()));
  }

  /** With channel groups. */
  public ConvGeometry groups(int groups) {
    return with(new Window(window.stride(), window.padding(), window.dilation(), groups));
  }

  private ConvGeometry with(Window other) {
    return new ConvGeometry(in, out, kernel, other);
  }

  /** Shape of the weight, {@code [O,kh,kw,I/groups]}. */
  public Shape weightShape() {
    return Shape.of(out, kernel, kernel, in / window.groups());
  }
}

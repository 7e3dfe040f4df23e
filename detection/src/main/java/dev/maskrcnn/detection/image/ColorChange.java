package dev.maskrcnn.detection.image;

/**
 * A change of an image's colours as Pillow's {@code ImageEnhance} computes it, to the byte, and a
 * shift of the hue as torchvision computes it on Pillow's images ({@code adjust_hue}).
 *
 * @param kind what is changed
 * @param amount for brightness, contrast and saturation the factor, 1 for none; for the hue the
 *     part of the colour circle by which it turns, -0.5 to 0.5
 */
public record ColorChange(Kind kind, double amount) {
  /** What is changed. */
  public enum Kind {
    /** Towards black, or away from it. */
    BRIGHTNESS,
    /** Towards the mean grey of the image, or away from it. */
    CONTRAST,
    /** Towards the grey of the pixel, or away from it. */
    SATURATION,
    /** Around the colour circle. */
    HUE
  }

  /** The changed image. */
  public RgbImage apply(RgbImage image) {
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    switch (kind) {
      case BRIGHTNESS -> blend(in, out, 0);
      case CONTRAST -> blend(in, out, meanGrey(in));
      case SATURATION -> blend(in, out, -1);
      case HUE -> turn(in, out);
    }
    return new RgbImage(image.width(), image.height(), out);
  }

  /** ITU-R 601-2 luma in 16 bits of fraction. */
  private static int grey(byte[] p, int i) {
    return (p[i] & 0xff) * 19595 + (p[i + 1] & 0xff) * 38470 + (p[i + 2] & 0xff) * 7471 + 0x8000
        >>> 16;
  }

  private static int meanGrey(byte[] pixels) {
    long sum = 0;
    for (int i = 0; i < pixels.length; i += 3) {
      sum += grey(pixels, i);
    }
    return (int) (3.0 * sum / pixels.length + 0.5);
  }

  /** Moves each value away from a base; a negative base stands for the grey of the pixel. */
  private void blend(byte[] in, byte[] out, int base) {
    float factor = (float) amount;
    for (int i = 0; i < in.length; i++) {
      int from = base >= 0 ? base : grey(in, i - i % 3);
      float value = from + factor * ((in[i] & 0xff) - from);
      out[i] = (byte) Math.max(0, Math.min(255, (int) value));
    }
  }

  private void turn(byte[] in, byte[] out) {
    int shift = (int) (amount * 255);
    for (int i = 0; i < in.length; i += 3) {
      int r = in[i] & 0xff;
      int g = in[i + 1] & 0xff;
      int b = in[i + 2] & 0xff;
      int value = Math.max(r, Math.max(g, b));
      int range = value - Math.min(r, Math.min(g, b));
      int hue = range == 0 ? 0 : hue(r, g, b, value, range);
      int saturation = range == 0 ? 0 : (int) ((float) range / value * 255.0);
      write(out, i, hue + shift & 0xff, saturation, value);
    }
  }

  /** The place on the colour circle, in 255 steps. */
  private static int hue(int r, int g, int b, int value, int range) {
    float width = range;
    float toRed = (value - r) / width;
    float toGreen = (value - g) / width;
    float toBlue = (value - b) / width;
    double sector =
        r == value ? toBlue - toGreen : g == value ? 2.0 + toRed - toBlue : 4.0 + toGreen - toRed;
    float turns = (float) (((float) sector / 6.0 + 1.0) % 1.0);
    return Math.max(0, Math.min(255, (int) (turns * 255.0)));
  }

  private static void write(byte[] out, int i, int hue, int saturation, int value) {
    double sixth = (float) hue * 6.0 / 255.0;
    int sector = (int) sixth;
    float rest = (float) (sixth - sector);
    float purity = saturation / 255f;
    byte v = (byte) value;
    byte p = rounded(value * (1.0 - purity));
    byte q = rounded(value * (1.0 - purity * rest));
    byte t = rounded(value * (1.0 - purity * (1.0 - rest)));
    switch (saturation == 0 ? -1 : sector % 6) {
      case 0 -> put(out, i, v, t, p);
      case 1 -> put(out, i, q, v, p);
      case 2 -> put(out, i, p, v, t);
      case 3 -> put(out, i, p, q, v);
      case 4 -> put(out, i, t, p, v);
      case 5 -> put(out, i, v, p, q);
      default -> put(out, i, v, v, v);
    }
  }

  private static byte rounded(double value) {
    return (byte) Math.max(0, Math.min(255, (int) Math.floor(value + 0.5)));
  }

  private static void put(byte[] out, int i, byte r, byte g, byte b) {
    out[i] = r;
    out[i + 1] = g;
    out[i + 2] = b;
  }
}

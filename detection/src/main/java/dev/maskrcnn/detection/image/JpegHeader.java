package dev.maskrcnn.detection.image;

/**
 * What the marker segments before the first scan say.
 *
 * <p>The colour space of the samples follows libjpeg's {@code default_decompress_parms}, which
 * Pillow uses; the JDK's own guess differs for files without JFIF and Adobe markers.
 *
 * @param width columns
 * @param height rows
 * @param lossless whether the frame is of the lossless process (SOF3), which the JDK cannot decode
 * @param color how samples are to be read
 * @param orientation 1 to 8, as EXIF has it
 */
record JpegHeader(int width, int height, boolean lossless, Color color, int orientation) {
  /** Meaning of the components. */
  enum Color {
    GREY(1),
    RGB(3),
    YCBCR(3),
    CMYK(4),
    YCCK(4);

    final int components;

    Color(int components) {
      this.components = components;
    }
  }

  private static final int SOF_LOSSLESS = 0xc3;
  private static final int SOS = 0xda;

  /** Walks the markers; {@code bytes} starts with SOI. */
  static JpegHeader parse(byte[] bytes, String name) {
    boolean jfif = false;
    int adobe = -1;
    int frame = -1;
    int orientation = 0;
    int at = 2;
    while (true) {
      at = nextMarker(bytes, at, name);
      int marker = bytes[at - 1] & 0xff;
      if (marker == SOS) {
        break;
      }
      if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
        continue;
      }
      int length = marker == 0xd9 ? 0 : u16(bytes, at, name);
      if (length < 2 || at + length > bytes.length) {
        throw cutOff(name);
      }
      if (marker == 0xe0 && length >= 7 && matches(bytes, at + 2, "JFIF\0")) {
        jfif = true;
      } else if (marker == 0xee && length >= 14 && matches(bytes, at + 2, "Adobe")) {
        adobe = bytes[at + 13] & 0xff;
      } else if (marker == 0xe1 && length >= 16 && matches(bytes, at + 2, "Exif\0\0")) {
        orientation = orientation > 0 ? orientation : Orientation.exif(bytes, at + 8, at + length);
      } else if (isFrame(marker)) {
        frame = at;
      }
      at += length;
    }
    if (frame < 0) {
      throw new ImageFormatException(name + ": JPEG without a frame header; fetch it again");
    }
    return of(bytes, frame, new Markers(jfif, adobe, Math.max(1, orientation)), name);
  }

  private record Markers(boolean jfif, int adobeTransform, int orientation) {}

  private static JpegHeader of(byte[] bytes, int frame, Markers markers, String name) {
    boolean lossless = (bytes[frame - 1] & 0xff) == SOF_LOSSLESS;
    int precision = bytes[frame + 2] & 0xff;
    int height = u16(bytes, frame + 3, name);
    int width = u16(bytes, frame + 5, name);
    int components = bytes[frame + 7] & 0xff;
    if (u16(bytes, frame, name) < 8 + 3 * components) {
      throw cutOff(name);
    }
    if (precision != 8) {
      throw new ImageFormatException(
          "%s: JPEG of %s bits per sample, expected 8; convert it".formatted(name, precision));
    }
    int[] ids = new int[components];
    for (int c = 0; c < components; c++) {
      ids[c] = bytes[frame + 8 + 3 * c] & 0xff;
    }
    ImageReader.checkSize(width, height, name);
    return new JpegHeader(width, height, lossless, color(ids, markers, name), markers.orientation);
  }

  private static Color color(int[] ids, Markers markers, String name) {
    switch (ids.length) {
      case 1:
        return Color.GREY;
      case 3:
        if (markers.jfif) {
          return Color.YCBCR;
        }
        if (markers.adobeTransform >= 0) {
          return markers.adobeTransform == 0 ? Color.RGB : Color.YCBCR;
        }
        return ids[0] == 'R' && ids[1] == 'G' && ids[2] == 'B' ? Color.RGB : Color.YCBCR;
      case 4:
        return markers.adobeTransform > 0 ? Color.YCCK : Color.CMYK;
      default:
        throw new ImageFormatException(
            "%s: JPEG of %s components, expected 1, 3 or 4; convert it"
                .formatted(name, ids.length));
    }
  }

  /** Position after the next {@code ff xx}, skipping stray and fill bytes as libjpeg does. */
  private static int nextMarker(byte[] bytes, int from, String name) {
    int at = from;
    while (at + 1 < bytes.length) {
      if (bytes[at] == (byte) 0xff && bytes[at + 1] != 0 && bytes[at + 1] != (byte) 0xff) {
        return at + 2;
      }
      at++;
    }
    throw cutOff(name);
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private static boolean matches(byte[] bytes, int at, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (bytes[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int u16(byte[] bytes, int at, String name) {
    if (at + 1 >= bytes.length) {
      throw cutOff(name);
    }
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  private static ImageFormatException cutOff(String name) {
    return new ImageFormatException(name + ": JPEG cut off inside its header; fetch it again");
  }
}

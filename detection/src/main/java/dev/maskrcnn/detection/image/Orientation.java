package dev.maskrcnn.detection.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Which way up the pixels of a photo are taken. */
public enum Orientation {
  /** As people see the photo: turned as its EXIF orientation says. */
  UPRIGHT,
  /** As the pixels lie in the file, whatever EXIF says; the original does so. */
  STORED;

  private static final int TAG = 0x0112;
  private static final int ENTRY_BYTES = 12;

  /** For a configuration's {@code INPUT.EXIF_ORIENTATION}. */
  public static Orientation of(boolean turned) {
    return turned ? UPRIGHT : STORED;
  }

  /**
   * The orientation 1 to 8 that EXIF data states; 1 (as stored) if it states none or is damaged.
   *
   * @param bytes of a file
   * @param from where the TIFF header of the EXIF data starts
   * @param to its end
   */
  static int exif(byte[] bytes, int from, int to) {
    if (to - from < 8 || bytes[from] != bytes[from + 1]) {
      return 1;
    }
    ByteBuffer data = ByteBuffer.wrap(bytes, from, to - from).slice();
    data.order(bytes[from] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int directory = data.getInt(4);
    if (directory < 8 || directory > data.limit() - 2) {
      return 1;
    }
    int entries = data.getShort(directory) & 0xffff;
    for (int i = 0, at = directory + 2; i < entries; i++, at += ENTRY_BYTES) {
      if (at + ENTRY_BYTES > data.limit()) {
        return 1;
      }
      if ((data.getShort(at) & 0xffff) == TAG) {
        boolean wide = data.getShort(at + 2) == 4;
        int value = wide ? data.getInt(at + 8) : data.getShort(at + 8);
        return value >= 1 && value <= 8 ? value : 1;
      }
    }
    return 1;
  }

  /** The size of an image of that EXIF orientation once it is upright. */
  static ImageSize turned(ImageSize stored, int exif) {
    return exif > 4 ? new ImageSize(stored.height(), stored.width()) : stored;
  }

  /** The pixels of an image of that EXIF orientation, upright. */
  static RgbImage turned(RgbImage stored, int exif) {
    if (exif == 1) {
      return stored;
    }
    ImageSize size = turned(ImageSize.of(stored), exif);
    int right = stored.width() - 1;
    int bottom = (stored.height() - 1) * stored.width();
    int row = stored.width();
    // The stored pixel that is shown at the upper left, and the steps to its right and lower
    // neighbours as they are shown.
    int[] walk =
        switch (exif) {
          case 2 -> new int[] {right, -1, row};
          case 3 -> new int[] {right + bottom, -1, -row};
          case 4 -> new int[] {bottom, 1, -row};
          case 5 -> new int[] {0, row, 1};
          case 6 -> new int[] {bottom, -row, 1};
          case 7 -> new int[] {right + bottom, -row, -1};
          default -> new int[] {right, row, -1};
        };
    byte[] in = stored.pixels();
    byte[] out = new byte[in.length];
    int to = 0;
    for (int y = 0; y < size.height(); y++) {
      int from = 3 * (walk[0] + y * walk[2]);
      for (int x = 0; x < size.width(); x++, from += 3 * walk[1]) {
        out[to++] = in[from];
        out[to++] = in[from + 1];
        out[to++] = in[from + 2];
      }
    }
    return new RgbImage(size.width(), size.height(), out);
  }
}

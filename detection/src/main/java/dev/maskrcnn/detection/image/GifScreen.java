package dev.maskrcnn.detection.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import javax.imageio.metadata.IIOMetadataNode;
import org.w3c.dom.Node;

/** Puts the first frame of a GIF onto its logical screen, which is what Pillow shows. */
final class GifScreen {
  /** A code of 12 bits stands for at most 4096 pixels. */
  static final long MAX_PIXELS_PER_BYTE = 4096;

  private GifScreen() {}

  static RgbImage place(
      RgbImage frame,
      BufferedImage image,
      byte[] bytes,
      javax.imageio.ImageReader reader,
      String name)
      throws IOException {
    int width = u16(bytes, 6);
    int height = u16(bytes, 8);
    IIOMetadataNode tree =
        (IIOMetadataNode) reader.getImageMetadata(0).getAsTree("javax_imageio_gif_image_1.0");
    Node descriptor = tree.getElementsByTagName("ImageDescriptor").item(0);
    int left = attribute(descriptor, "imageLeftPosition");
    int top = attribute(descriptor, "imageTopPosition");
    // A frame may overhang the screen; it is then the screen that grows.
    width = Math.max(width, left + frame.width());
    height = Math.max(height, top + frame.height());
    if (width == frame.width() && height == frame.height()) {
      return frame;
    }
    ImageReader.checkSize(width, height, name);
    // Around the frame a screen costs no bytes; one that is much larger is an attack.
    ImageReader.checkHolds(width, height, MAX_PIXELS_PER_BYTE, bytes, name);
    byte[] out = background((IndexColorModel) image.getColorModel(), width * height);
    for (int y = 0; y < frame.height(); y++) {
      System.arraycopy(
          frame.pixels(),
          3 * y * frame.width(),
          out,
          3 * ((top + y) * width + left),
          3 * frame.width());
    }
    return new RgbImage(width, height, out);
  }

  /** Around the frame lies the transparent index, or index 0 if there is none. */
  private static byte[] background(IndexColorModel palette, int count) {
    int index = Math.max(0, palette.getTransparentPixel());
    int rgb = palette.getRGB(index);
    byte[] out = new byte[3 * count];
    for (int i = 0; i < out.length; i += 3) {
      out[i] = (byte) (rgb >> 16);
      out[i + 1] = (byte) (rgb >> 8);
      out[i + 2] = (byte) rgb;
    }
    return out;
  }

  private static int attribute(Node node, String name) {
    return Integer.parseInt(node.getAttributes().getNamedItem(name).getNodeValue());
  }

  private static int u16(byte[] bytes, int at) {
    return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8;
  }
}

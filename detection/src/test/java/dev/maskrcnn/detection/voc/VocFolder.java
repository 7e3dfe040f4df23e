package dev.maskrcnn.detection.voc;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Writes a data set of two images, {@code a} with masks and {@code b} with boxes only. */
public final class VocFolder {
  public static final int WIDTH = 40;
  public static final int HEIGHT = 24;

  private VocFolder() {}

  /** Object 1 is a person, 2 a difficult dog; 255 lies around them. */
  static int objectAt(int x, int y) {
    if (x >= 5 && x < 13 && y >= 4 && y < 10) {
      return 1;
    }
    if (x >= 20 && x < 35 && y >= 8 && y < 20) {
      return 2;
    }
    boolean near = x >= 4 && x < 14 && y >= 3 && y < 11 || x >= 19 && x < 36 && y >= 7 && y < 21;
    return near ? 255 : 0;
  }

  /** Writes the folders; sets {@code val} of both tasks, {@code train} the same. */
  public static void write(Path root) throws IOException {
    for (String folder :
        new String[] {
          "JPEGImages",
          "Annotations",
          "ImageSets/Main",
          "ImageSets/Segmentation",
          "SegmentationObject",
          "SegmentationClass"
        }) {
      Files.createDirectories(root.resolve(folder));
    }
    for (String split : new String[] {"train", "val"}) {
      Files.writeString(root.resolve("ImageSets/Main/" + split + ".txt"), "a  1\nb -1\n");
      Files.writeString(root.resolve("ImageSets/Segmentation/" + split + ".txt"), "a\n");
    }
    for (String name : new String[] {"a", "b"}) {
      BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
      ImageIO.write(image, "jpg", root.resolve("JPEGImages/" + name + ".jpg").toFile());
    }
    Files.writeString(
        root.resolve("Annotations/a.xml"),
        annotation("a", object("person", 0, 5, 4, 14, 11) + object("dog", 1, 20, 8, 36, 21)));
    Files.writeString(root.resolve("Annotations/b.xml"), annotation("b", ""));
    write(root.resolve("SegmentationObject/a.png"), new int[] {0, 1, 2});
    write(root.resolve("SegmentationClass/a.png"), new int[] {0, 15, 12});
  }

  private static String annotation(String name, String objects) {
    return """
        <annotation>
          <folder>VOC2012</folder>
          <filename>%s.jpg</filename>
          <size><width>%s</width><height>%s</height><depth>3</depth></size>
          <segmented>1</segmented>
        %s</annotation>
        """
        .formatted(name, WIDTH, HEIGHT, objects);
  }

  private static String object(String name, int difficult, int... box) {
    return """
          <object>
            <name>%s</name>
            <pose>Left</pose>
            <difficult>%s</difficult>
            <part><name>head</name>
              <bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>
            </part>
            <bndbox>
              <xmin>%s</xmin><ymin>%s</ymin>
              <xmax>%s</xmax><ymax>%s</ymax>
            </bndbox>
          </object>
        """
        .formatted(name, difficult, box[0], box[1], box[2], box[3]);
  }

  private static void write(Path file, int[] values) throws IOException {
    byte[] grey = new byte[256];
    for (int i = 0; i < 256; i++) {
      grey[i] = (byte) (i * 37);
    }
    BufferedImage image =
        new BufferedImage(
            WIDTH,
            HEIGHT,
            BufferedImage.TYPE_BYTE_INDEXED,
            new IndexColorModel(8, 256, grey, grey, grey));
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int object = objectAt(x, y);
        image.getRaster().setSample(x, y, 0, object == 255 ? 255 : values[object]);
      }
    }
    ImageIO.write(image, "png", file.toFile());
  }
}

package dev.maskrcnn.detection.shapes;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.tensor.io.FileFailure;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/**
 * Images that cost a detector what COCO's photographs cost it: JPEG of 640×480 or 480×640, 80
 * categories with COCO's gap-ridden ids up to 90, on average seven objects with outlines of some
 * twenty corners. There is nothing to learn from them; they are for measurements of speed where no
 * real data is at hand.
 *
 * @param folder that holds {@code images/} and {@code annotations.json}
 */
public record PhotoLikeImages(Path folder) {
  private static final int LONG = 640;
  private static final int SHORT = 480;
  private static final int CATEGORIES = 80;
  private static final int CORNERS = 20;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Folder of the images. */
  public Path images() {
    return folder.resolve("images");
  }

  /** Their annotations in COCO's format. */
  public Path annotations() {
    return folder.resolve("annotations.json");
  }

  /**
   * Makes them; the same number and seed give the same files.
   *
   * @param folder made if missing; what is in it is overwritten
   * @param count how many, 1 or more
   * @throws ShapesException if the folder cannot be written
   */
  public static PhotoLikeImages make(Path folder, int count, long seed) {
    if (count < 1) {
      throw new IllegalArgumentException("photo-like images: at least 1, got " + count);
    }
    PhotoLikeImages made = new PhotoLikeImages(folder);
    ObjectNode root = JSON.createObjectNode();
    ArrayNode images = root.putArray("images");
    ArrayNode annotations = root.putArray("annotations");
    ArrayNode categories = root.putArray("categories");
    for (int c = 0; c < CATEGORIES; c++) {
      categories.addObject().put("id", categoryId(c)).put("name", "class " + (c + 1));
    }
    try {
      Files.createDirectories(made.images());
      for (int i = 1; i <= count; i++) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + i);
        boolean upright = random.nextInt(4) == 0;
        BufferedImage image =
            new BufferedImage(
                upright ? SHORT : LONG, upright ? LONG : SHORT, BufferedImage.TYPE_INT_RGB);
        background(image, random);
        String name = String.format(Locale.ROOT, "%012d.jpg", i);
        images
            .addObject()
            .put("id", i)
            .put("file_name", name)
            .put("width", image.getWidth())
            .put("height", image.getHeight());
        objects(image, random, i, annotations);
        ImageIO.write(image, "jpg", made.images().resolve(name).toFile());
      }
      JSON.writeValue(made.annotations().toFile(), root);
    } catch (IOException e) {
      throw new ShapesException(
          "photo-like images: cannot write " + folder + ": " + FileFailure.reason(e), e);
    }
    return made;
  }

  /** Ids with gaps, as COCO's: 80 of 1 to 90. */
  private static int categoryId(int index) {
    return index + 1 + index / 8;
  }

  /** Broad waves and fine noise: a JPEG of it has a photograph's size, some 100 KB. */
  private static void background(BufferedImage image, SplittableRandom random) {
    double[] wave = random.doubles(9, 0.005, 0.03).toArray();
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int rgb = 0;
        for (int c = 0; c < 3; c++) {
          double value =
              128
                  + 50 * Math.sin(wave[3 * c] * x + wave[3 * c + 1] * y)
                  + 30 * Math.cos(3 * wave[3 * c + 2] * (x - y))
                  + random.nextInt(-18, 19);
          rgb = rgb << 8 | (int) Math.max(0, Math.min(255, value));
        }
        image.setRGB(x, y, rgb);
      }
    }
  }

  private static void objects(
      BufferedImage image, SplittableRandom random, int id, ArrayNode annotations) {
    Graphics2D pen = image.createGraphics();
    int count = 1 + random.nextInt(13);
    for (int k = 0; k < count; k++) {
      Polygon outline = blob(image, random);
      pen.setColor(new Color(random.nextInt(256), random.nextInt(256), random.nextInt(256)));
      pen.fillPolygon(outline);
      Rectangle box = outline.getBounds();
      ObjectNode node = annotations.addObject();
      node.put("id", (long) id * 100 + k).put("image_id", id).put("iscrowd", 0);
      node.put("category_id", categoryId(random.nextInt(CATEGORIES)));
      node.put("area", box.width * (double) box.height / 2);
      node.putArray("bbox").add(box.x).add(box.y).add(box.width).add(box.height);
      ArrayNode corners = node.putArray("segmentation").addArray();
      for (int p = 0; p < outline.npoints; p++) {
        corners.add(outline.xpoints[p]).add(outline.ypoints[p]);
      }
    }
    pen.dispose();
  }

  /** A star-shaped outline inside the image; sizes are spread evenly on a logarithmic scale. */
  private static Polygon blob(BufferedImage image, SplittableRandom random) {
    double radius = 8 * Math.pow(200.0 / 8, random.nextDouble());
    double cx = random.nextDouble(image.getWidth());
    double cy = random.nextDouble(image.getHeight());
    Polygon out = new Polygon();
    for (int p = 0; p < CORNERS; p++) {
      double angle = 2 * Math.PI * p / CORNERS;
      double r = radius * random.nextDouble(0.6, 1);
      out.addPoint(
          clamp(cx + r * Math.cos(angle), image.getWidth()),
          clamp(cy + r * Math.sin(angle), image.getHeight()));
    }
    return out;
  }

  private static int clamp(double value, int size) {
    return (int) Math.max(0, Math.min(size - 1, Math.round(value)));
  }
}

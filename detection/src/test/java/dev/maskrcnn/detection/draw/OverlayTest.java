package dev.maskrcnn.detection.draw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.image.RgbImage;
import java.awt.Color;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverlayTest {
  private static final int W = 200;
  private static final int H = 150;
  private static final int GREY = 0x808080;
  private static final float[] NO_BOX = {};
  private static final byte[] NO_MASK = {};

  @TempDir Path folder;

  @Test
  void withoutInstancesTheImageIsUnchanged() {
    RgbImage image = new RgbImage(2, 1, new byte[] {1, 2, 3, (byte) 250, (byte) 251, (byte) 252});
    BufferedImage out = Overlay.draw(image, List.of(), style()).image();
    assertEquals(0x010203, out.getRGB(0, 0) & 0xFFFFFF);
    assertEquals(0xFAFBFC, out.getRGB(1, 0) & 0xFFFFFF);
  }

  @Test
  void maskIsTintedInsideAndUntouchedOutside() {
    byte[] mask = new byte[W * H];
    for (int y = 40; y < 100; y++) {
      Arrays.fill(mask, y * W + 60, y * W + 140, (byte) 1);
    }
    DrawnInstance instance = new DrawnInstance("cat", Double.NaN, NO_BOX, mask);
    DrawStyle plain = new DrawStyle(InstanceColors.ofClasses(List.of("cat")), 1, 0.5, false, false);
    BufferedImage out = Overlay.draw(grey(), List.of(instance), plain).image();
    Color color = InstanceColors.color(0);
    Color inside = new Color(out.getRGB(100, 70));
    assertEquals((color.getRed() + 0x80) / 2, inside.getRed(), 1);
    assertEquals((color.getBlue() + 0x80) / 2, inside.getBlue(), 1);
    for (int y = 0; y < H; y++) {
      for (int x = 0; x < W; x++) {
        boolean far = x < 56 || x >= 144 || y < 36 || y >= 104;
        if (far) {
          assertEquals(GREY, out.getRGB(x, y) & 0xFFFFFF, x + "," + y);
        }
      }
    }
    assertNotEquals(inside.getRGB(), out.getRGB(60, 70), "the outline differs from the fill");
  }

  @Test
  void boxIsDrawnAtItsPlaceAndClippedToTheImage() {
    DrawStyle boxes = new DrawStyle(InstanceColors.byInstance(), 1, 0.5, true, false);
    DrawnInstance inside = new DrawnInstance("a", 0.5, new float[] {50, 40, 150, 120}, NO_MASK);
    DrawnInstance beyond = new DrawnInstance("b", 0.5, new float[] {-50, -9, 900, 900}, NO_MASK);
    BufferedImage out = Overlay.draw(grey(), List.of(inside, beyond), boxes).image();
    assertNotEquals(GREY, out.getRGB(100, 40) & 0xFFFFFF);
    assertNotEquals(GREY, out.getRGB(50, 80) & 0xFFFFFF);
    assertNotEquals(GREY, out.getRGB(0, 75) & 0xFFFFFF);
    assertNotEquals(GREY, out.getRGB(W - 1, 75) & 0xFFFFFF);
    assertEquals(GREY, out.getRGB(100, 80) & 0xFFFFFF);
    assertEquals(GREY, out.getRGB(25, 75) & 0xFFFFFF);
  }

  @Test
  void oddInputIsDrawnOrRefusedClearly() {
    List<DrawnInstance> odd =
        List.of(
            new DrawnInstance("", Double.NaN, NO_BOX, NO_MASK),
            new DrawnInstance("nan", 0.5, new float[] {Float.NaN, 0, 5, 5}, new byte[W * H]),
            new DrawnInstance("crossed", 0.5, new float[] {90, 90, 10, 10}, NO_MASK),
            new DrawnInstance("outside", 0.5, new float[] {900, 900, 950, 950}, NO_MASK),
            new DrawnInstance("long ".repeat(80), 1, new float[] {0, 0, 9, 9}, NO_MASK));
    assertEquals(W, Overlay.draw(grey(), odd, style()).image().getWidth());
    DrawnInstance wrong = new DrawnInstance("dog", 0.5, NO_BOX, new byte[7]);
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> Overlay.draw(grey(), List.of(wrong), style()))
            .getMessage();
    assertTrue(message.contains("dog") && message.contains("7 bytes"), message);
    assertThrows(
        IllegalArgumentException.class,
        () -> new DrawnInstance("x", 0, new float[] {1, 2, 3}, NO_MASK));
    assertEquals("cat 0.93", new DrawnInstance("cat", 0.934, NO_BOX, NO_MASK).label());
    assertEquals("cat", new DrawnInstance("cat", Double.NaN, NO_BOX, NO_MASK).label());
  }

  /** A pixel is in the outline if and only if its centre is: for any bitmap, with holes and all. */
  @Test
  void outlineHoldsExactlyTheSetPixels() {
    Random random = new Random(5);
    for (int trial = 0; trial < 200; trial++) {
      int w = 1 + random.nextInt(9);
      int h = 1 + random.nextInt(9);
      byte[] mask = new byte[w * h];
      for (int i = 0; i < mask.length; i++) {
        mask[i] = (byte) (random.nextInt(10) < 1 + trial % 9 ? 1 : 0);
      }
      Path2D.Double outline = MaskOutline.of(mask, w, h);
      for (int i = 0; i < mask.length; i++) {
        // A hair off the centre: outlines of diagonal neighbours cross exactly on corners only.
        boolean in = outline.contains(i % w + 0.5003, i / w + 0.5001);
        assertEquals(mask[i] != 0, in, "trial " + trial + ", pixel " + i);
      }
    }
    assertTrue(MaskOutline.bounds(new byte[12], 4, 3).isEmpty());
    byte[] one = new byte[12];
    one[6] = 1;
    assertEquals(new Rectangle2D.Double(2, 1, 1, 1), MaskOutline.bounds(one, 4, 3));
  }

  @Test
  void tagsStayInsideAndApart() {
    TagLayout layout = new TagLayout(300, 200);
    List<Rectangle2D> tags = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Rectangle2D tag = layout.place(new Rectangle2D.Double(250, 2, 45, 100), 80, 16);
      assertTrue(new Rectangle2D.Double(0, 0, 300, 200).contains(tag), tag.toString());
      for (Rectangle2D other : tags) {
        assertFalse(tag.intersects(other), tag + " on " + other);
      }
      tags.add(tag);
    }
  }

  @Test
  void colorsAreStableAndDistinct() {
    Set<Color> colors = new HashSet<>();
    for (int i = 0; i < 36; i++) {
      colors.add(InstanceColors.color(i));
    }
    assertEquals(36, colors.size());
    DrawnInstance cat = new DrawnInstance("cat", 1, NO_BOX, NO_MASK);
    assertEquals(InstanceColors.byName().of(cat, 0), InstanceColors.byName().of(cat, 9));
    assertNotEquals(InstanceColors.byInstance().of(cat, 0), InstanceColors.byInstance().of(cat, 9));
  }

  @Test
  void truthBesidePredictionAndSheets() throws IOException {
    DrawnInstance cat = new DrawnInstance("cat", 0.9, new float[] {20, 20, 90, 90}, NO_MASK);
    Comparison one = new Comparison("image 7", grey(), List.of(cat), List.of());
    Picture pair = GroundTruthBeside.draw(one, style().withZoom(0));
    assertTrue(pair.image().getWidth() > 2 * 2 * W, "enlarged twice");
    Picture sheet = GroundTruthBeside.sheet(List.of(one, one, one), 2, style());
    Path file = sheet.writePng(folder.resolve("new/sheet.png"));
    BufferedImage back = ImageIO.read(file.toFile());
    assertEquals(sheet.image().getWidth(), back.getWidth());
    assertEquals(sheet.image().getRGB(30, 60), back.getRGB(30, 60));
    try (var files = Files.list(file.getParent())) {
      assertEquals(1, files.count(), "no temporary file is left");
    }
    assertTrue(GroundTruthBeside.sheet(List.of(), 3, style()).image().getWidth() > 0);
    assertThrows(
        IllegalArgumentException.class, () -> GroundTruthBeside.contactSheet(List.of(), 0));
  }

  private static DrawStyle style() {
    return DrawStyle.of(InstanceColors.byName());
  }

  private static RgbImage grey() {
    byte[] pixels = new byte[3 * W * H];
    Arrays.fill(pixels, (byte) 0x80);
    return new RgbImage(W, H, pixels);
  }
}

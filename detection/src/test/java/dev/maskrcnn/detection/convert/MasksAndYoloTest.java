package dev.maskrcnn.detection.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.Polygons;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Masks as images, and YOLO's text files. */
class MasksAndYoloTest {
  @TempDir Path input;

  private Conversion.Result result;

  private CocoDataset convert(
      Converter format, Path from, List<String> categories, Map<String, String> choices) {
    Path output = input.resolve("coco.json");
    Converter.Request request = new Converter.Request(from, Optional.empty(), categories, choices);
    result = Conversion.run(format, request, output);
    return CocoDataset.load(output, input);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(input.resolve(name), text);
  }

  private static List<CocoAnnotation> of(CocoDataset set, int image) {
    return set.annotationsOf(set.images().get(image).id());
  }

  private static List<String> names(CocoDataset set) {
    return set.categories().stream().map(CocoCategory::name).toList();
  }

  @Test
  void masksInOneImageOrInSeveral() throws IOException {
    Converter masks = new InstanceMasks();
    BufferedImage ids = new BufferedImage(30, 20, BufferedImage.TYPE_BYTE_GRAY);
    fill(ids, 2, 3, 5, 4, 7);
    fill(ids, 20, 10, 6, 6, 200);
    ImageIO.write(ids, "png", input.resolve("a.png").toFile());
    CocoDataset set = convert(masks, input, List.of(), Map.of("--category", "cell"));
    assertEquals(List.of("cell"), names(set));
    assertEquals(new CocoImage(1, "a.png", 30, 20), set.images().get(0));
    assertArrayEquals(new double[] {2, 3, 5, 4}, of(set, 0).get(0).bbox());
    assertEquals(20, of(set, 0).get(0).area());
    assertEquals(36, of(set, 0).get(1).area());
    BufferedImage colors = new BufferedImage(30, 20, BufferedImage.TYPE_INT_ARGB);
    fillColor(colors, 0, 0, 4, 4, 0xff00ff00);
    fillColor(colors, 10, 0, 3, 3, 0xffff0000);
    ImageIO.write(colors, "png", input.resolve("a.png").toFile());
    assertEquals(2, convert(masks, input, List.of("x"), Map.of()).annotationCount());

    Path dsb = Files.createDirectories(input.resolve("dsb"));
    Files.createDirectories(dsb.resolve("img7/images"));
    Files.createDirectories(dsb.resolve("img7/masks"));
    BufferedImage photo = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
    ImageIO.write(photo, "png", dsb.resolve("img7/images/img7.png").toFile());
    for (int i = 0; i < 3; i++) {
      BufferedImage one = new BufferedImage(30, 20, BufferedImage.TYPE_BYTE_GRAY);
      fill(one, 5 * i, 2, 4, 3 + i, 255);
      ImageIO.write(one, "png", dsb.resolve("img7/masks/m" + i + ".png").toFile());
    }
    set = convert(masks, dsb, List.of(), Map.of());
    assertEquals("img7/images/img7.png", set.images().get(0).fileName());
    List<CocoAnnotation> objects = of(set, 0);
    assertEquals(3, objects.size());
    assertArrayEquals(new double[] {10, 2, 4, 5}, objects.get(2).bbox());
  }

  private static void fill(BufferedImage image, int x, int y, int w, int h, int value) {
    for (int i = 0; i < w * h; i++) {
      image.getRaster().setSample(x + i % w, y + i / w, 0, value);
    }
  }

  private static void fillColor(BufferedImage image, int x, int y, int w, int h, int argb) {
    for (int i = 0; i < w * h; i++) {
      image.setRGB(x + i % w, y + i / w, argb);
    }
  }

  @Test
  void yolo() throws IOException {
    Path images = Files.createDirectories(input.resolve("train/images"));
    Files.createDirectories(input.resolve("train/labels"));
    BufferedImage photo = new BufferedImage(100, 50, BufferedImage.TYPE_INT_RGB);
    ImageIO.write(photo, "png", images.resolve("a.png").toFile());
    ImageIO.write(photo, "png", images.resolve("empty.png").toFile());
    write(
        "train/labels/a.txt",
        "1 0.5 0.5 0.2 0.4\n0 0.1 0.2 0.3 0.2 0.3 0.6 0.1 0.6\n2 0.5 0.5 0.1 0.1\n0 x 1 1 1\n");
    write("data.yaml", "train: ../train/images\nval: ../v\nnc: 2\nnames: [cat, dog]\n");
    Converter yolo = new YoloFiles();
    for (Path from : List.of(input.resolve("data.yaml"), input.resolve("train/labels"), images)) {
      CocoDataset set = convert(yolo, from, List.of(), Map.of());
      assertEquals(List.of("cat", "dog"), names(set), from.toString());
      assertEquals(2, set.images().size());
      List<CocoAnnotation> objects = of(set, 0);
      assertEquals(2, objects.get(0).categoryId());
      assertArrayEquals(new double[] {40, 15, 20, 20}, objects.get(0).bbox(), 1e-9);
      assertArrayEquals(new double[] {10, 10, 20, 20}, objects.get(1).bbox(), 1e-9);
      assertEquals(400, objects.get(1).area());
      assertInstanceOf(Polygons.class, objects.get(1).segmentation());
      assertEquals(2, result.defects().size());
      assertTrue(result.defects().get(0).contains("line 3: class 2"));
    }
    Files.delete(input.resolve("data.yaml"));
    write("classes.txt", "cat\ndog\n");
    assertEquals(
        List.of("cat", "dog"), names(convert(yolo, input.resolve("train"), List.of(), Map.of())));
  }
}

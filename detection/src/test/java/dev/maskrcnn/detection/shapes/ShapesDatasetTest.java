package dev.maskrcnn.detection.shapes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads the files with Jackson and a naive rasteriser only, not with the classes that made them.
 */
class ShapesDatasetTest {
  private static final ShapesConfig CONFIG = new ShapesConfig(50, 12, 128, 7);

  @TempDir static Path shared;
  private static ShapesDataset dataset;
  private static JsonNode train;

  @TempDir Path folder;

  @BeforeAll
  static void make() throws IOException {
    dataset = ShapesDataset.prepare(shared.resolve("shapes"), CONFIG);
    train = read(dataset.trainAnnotations());
  }

  @Test
  void filesAreCocoFiles() throws IOException {
    checkFile(train, dataset.trainImages(), CONFIG.trainImages());
    checkFile(read(dataset.valAnnotations()), dataset.valImages(), CONFIG.valImages());
    try (Stream<Path> siblings = Files.list(shared)) {
      assertEquals(1, siblings.count(), "no temporary folder is left");
    }
  }

  @Test
  void annotationsAgreeWithTheirMasks() {
    Map<Long, List<boolean[]>> masks = new HashMap<>();
    for (JsonNode annotation : train.get("annotations")) {
      JsonNode segmentation = annotation.get("segmentation");
      boolean[] mask =
          segmentation.isArray()
              ? NaiveMask.polygons(segmentation, 128)
              : NaiveMask.runs(segmentation);
      double slack = segmentation.isArray() ? 2 : 0;
      assertArrayEquals(
          numbers(annotation.get("bbox")), NaiveMask.box(mask, 128), slack, annotation::toString);
      double area = annotation.get("area").doubleValue();
      // COCO's rasteriser sets border pixels that pixel centres do not, about half the outline.
      double border = segmentation.isArray() ? 0.8 * NaiveMask.outline(mask, 128) : 0;
      assertEquals(NaiveMask.area(mask), area, border, annotation::toString);
      if (segmentation.isArray()) {
        for (boolean[] other :
            masks.computeIfAbsent(
                annotation.get("image_id").longValue(), id -> new ArrayList<>())) {
          assertEquals(0, NaiveMask.common(mask, other), 3, annotation::toString);
        }
        masks.get(annotation.get("image_id").longValue()).add(mask);
      }
    }
  }

  @Test
  void holdsTheAwkwardCases() {
    Set<Integer> classes = new HashSet<>();
    Set<Long> withObjects = new HashSet<>();
    Map<String, Integer> kinds = new HashMap<>();
    for (JsonNode annotation : train.get("annotations")) {
      classes.add(annotation.get("category_id").intValue());
      withObjects.add(annotation.get("image_id").longValue());
      JsonNode segmentation = annotation.get("segmentation");
      boolean crowd = annotation.get("iscrowd").intValue() == 1;
      String notation =
          segmentation.isArray()
              ? (segmentation.size() > 1 ? "several parts" : "one polygon")
              : (segmentation.get("counts").isTextual() ? "compressed" : "plain");
      kinds.merge(crowd ? "crowd " + notation : notation, 1, Integer::sum);
      if (annotation.get("area").intValue() < 50) {
        kinds.merge("tiny", 1, Integer::sum);
      }
    }
    assertEquals(Set.of(1, 2, 4, 5, 7, 9), classes);
    for (String kind :
        List.of("several parts", "one polygon", "compressed", "plain", "crowd plain", "tiny")) {
      assertTrue(kinds.getOrDefault(kind, 0) >= 2, kind + " in " + kinds);
    }
    assertTrue(withObjects.size() < CONFIG.trainImages(), "an image without objects");
    assertTrue(kinds.get("tiny") < 10, "tiny objects are rare: " + kinds);
    assertEquals(
        List.of("circle", "square", "triangle", "star", "ring", "bar"),
        ShapesDataset.categoryNames());
  }

  @Test
  void sameSeedGivesTheSameBytesAndImagesDoNotDependOnTheCount() throws IOException {
    ShapesDataset again = ShapesDataset.prepare(folder.resolve("again"), CONFIG);
    assertEquals(-1, Files.mismatch(dataset.trainAnnotations(), again.trainAnnotations()));
    assertEquals(-1, Files.mismatch(dataset.valAnnotations(), again.valAnnotations()));
    ShapesDataset fewer =
        ShapesDataset.prepare(folder.resolve("fewer"), new ShapesConfig(20, 0, 128, 7));
    for (int i = 1; i <= 20; i++) {
      String name = String.format(Locale.ROOT, "%012d.png", i);
      assertEquals(
          -1,
          Files.mismatch(dataset.trainImages().resolve(name), fewer.trainImages().resolve(name)),
          name);
      assertEquals(annotationsOf(train, i), annotationsOf(read(fewer.trainAnnotations()), i));
    }
    ShapesDataset other =
        ShapesDataset.prepare(folder.resolve("other"), new ShapesConfig(20, 0, 128, 8));
    assertNotEquals(-1, Files.mismatch(other.trainAnnotations(), fewer.trainAnnotations()));
  }

  @Test
  void madeAnewOnlyIfMissingOrOtherwise() throws IOException {
    Path target = folder.resolve("set");
    ShapesConfig small = new ShapesConfig(3, 1, 64, 1);
    ShapesDataset first = ShapesDataset.prepare(target, small);
    FileTime mark = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(first.trainAnnotations(), mark);
    ShapesDataset.prepare(target, small);
    assertEquals(mark, Files.getLastModifiedTime(first.trainAnnotations()), "left alone");
    Files.delete(first.trainImages().resolve("000000000002.png"));
    ShapesDataset.prepare(target, small);
    assertTrue(Files.exists(first.trainImages().resolve("000000000002.png")), "made whole");
    ShapesDataset.prepare(target, new ShapesConfig(2, 1, 64, 1));
    assertFalse(Files.exists(first.trainImages().resolve("000000000003.png")), "replaced");
  }

  @Test
  void foreignFoldersAreLeftAlone() throws IOException {
    Path photos = Files.createDirectories(folder.resolve("photos"));
    Files.writeString(photos.resolve("dear.txt"), "keep me");
    ShapesException error =
        assertThrows(
            ShapesException.class,
            () -> ShapesDataset.prepare(photos, new ShapesConfig(1, 0, 64, 1)));
    assertTrue(error.getMessage().contains("photos"), error.getMessage());
    assertEquals("keep me", Files.readString(photos.resolve("dear.txt")));
    assertThrows(IllegalArgumentException.class, () -> new ShapesConfig(-1, 0, 128, 1));
    assertThrows(IllegalArgumentException.class, () -> new ShapesConfig(1, 0, 8, 1));
  }

  private static void checkFile(JsonNode file, Path images, int count) throws IOException {
    Set<Integer> categories = new HashSet<>();
    file.get("categories").forEach(c -> categories.add(c.get("id").intValue()));
    Set<Long> ids = new HashSet<>();
    for (JsonNode image : file.get("images")) {
      assertTrue(ids.add(image.get("id").longValue()));
      BufferedImage png = ImageIO.read(images.resolve(image.get("file_name").textValue()).toFile());
      assertEquals(image.get("width").intValue(), png.getWidth());
      assertEquals(image.get("height").intValue(), png.getHeight());
      assertEquals(3, png.getColorModel().getNumComponents());
    }
    assertEquals(count, ids.size());
    Set<Long> annotationIds = new HashSet<>();
    for (JsonNode annotation : file.get("annotations")) {
      assertTrue(annotationIds.add(annotation.get("id").longValue()));
      assertTrue(ids.contains(annotation.get("image_id").longValue()));
      assertTrue(categories.contains(annotation.get("category_id").intValue()));
      double[] box = numbers(annotation.get("bbox"));
      assertTrue(box[0] >= 0 && box[1] >= 0 && box[2] > 0 && box[3] > 0);
      assertTrue(box[0] + box[2] <= 128 && box[1] + box[3] <= 128);
    }
  }

  private static List<JsonNode> annotationsOf(JsonNode file, long imageId) {
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode annotation : file.get("annotations")) {
      if (annotation.get("image_id").longValue() == imageId) {
        found.add(annotation);
      }
    }
    return found;
  }

  private static double[] numbers(JsonNode array) {
    double[] out = new double[array.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = array.get(i).doubleValue();
    }
    return out;
  }

  private static JsonNode read(Path file) throws IOException {
    return JsonMapper.builder().build().readTree(file.toFile());
  }
}

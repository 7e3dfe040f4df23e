package dev.maskrcnn.detection.coco;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.contract.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CocoDatasetTest {
  static final String SOUND =
      """
      {"annotations": [
         {"segmentation": [[1, 1, 5, 1, 5, 4]], "area": 6, "iscrowd": 0, "image_id": 9,
          "bbox": [1, 1, 4, 3], "category_id": 17, "id": 70},
         {"segmentation": {"size": [6, 8], "counts": [8, 3, 37]}, "area": 3, "iscrowd": 1,
          "image_id": 4, "bbox": [1, 2, 1, 3], "category_id": 3, "id": 71},
         {"area": 2.5, "iscrowd": 0, "image_id": 9, "bbox": [0, 0, 0, 3], "category_id": 3,
          "id": 72, "segmentation": []}],
       "info": {"x": [1, {"y": null}]},
       "images": [
         {"id": 9, "file_name": "nine.jpg", "width": 8, "height": 6, "license": 4},
         {"id": 4, "file_name": "sub/four.jpg", "width": 8, "height": 6},
         {"id": 5, "file_name": "five.jpg", "width": 8, "height": 6}],
       "categories": [
         {"id": 17, "name": "cat", "supercategory": "animal"}, {"id": 3, "name": "car"}]}
      """;

  @TempDir Path folder;

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("some.json"), json);
  }

  private String failure(String json) throws IOException {
    Path file = write(json);
    return assertThrows(CocoFormatException.class, () -> CocoDataset.load(file, folder))
        .getMessage();
  }

  @Test
  void readsImagesObjectsAndCategories() throws IOException {
    CocoDataset data = CocoDataset.load(write(SOUND), folder);
    assertArrayEquals(new long[] {4, 5, 9}, data.imageIds());
    assertEquals(new CocoImage(4, "sub/four.jpg", 8, 6), data.images().get(0));
    assertEquals(folder.resolve("sub/four.jpg"), data.imagePath(data.image(4)));
    assertEquals(3, data.annotationCount());
    assertEquals(List.of(), data.annotationsOf(5));
    List<CocoAnnotation> nine = data.annotationsOf(9);
    assertEquals(List.of(70L, 72L), nine.stream().map(CocoAnnotation::id).toList());
    assertArrayEquals(
        new double[] {1, 1, 5, 1, 5, 4},
        assertInstanceOf(Polygons.class, nine.get(0).segmentation()).parts().get(0));
    assertInstanceOf(NoSegmentation.class, nine.get(1).segmentation());
    assertEquals(2.5, nine.get(1).area());
    CocoAnnotation crowd = data.annotationsOf(4).get(0);
    assertTrue(crowd.crowd());
    assertEquals(new RunLength(new Rle(6, 8, new int[] {8, 3, 37})), crowd.segmentation());
    assertEquals(new CocoCategory(3, "car", ""), data.categories().get(1));
    assertEquals(1, data.labelOf(17));
    assertEquals(2, data.labelOf(3));
    assertEquals(3, data.categoryIdOf(2));
    assertThrows(CocoFormatException.class, () -> data.labelOf(4));
    assertThrows(CocoFormatException.class, () -> data.categoryIdOf(3));
    assertThrows(CocoFormatException.class, () -> data.categoryIdOf(0));
    assertEquals(
        List.of("1 image without objects (image id 5) is left out in training"), data.warnings());
  }

  @Test
  void saysWhenAFileWasCutOff() throws IOException {
    for (int length = 1; length < SOUND.strip().length(); length++) {
      String message = failure(SOUND.substring(0, length));
      assertTrue(message.startsWith(folder.resolve("some.json") + ": the JSON ends"), message);
      assertTrue(message.contains("line ") && message.contains("cut off"), message);
      assertEquals(1, message.lines().count(), message);
    }
  }

  @Test
  void saysWhenThereIsNoUsableFile() throws IOException {
    Path missing = folder.resolve("missing.json");
    assertTrue(
        assertThrows(CocoFormatException.class, () -> CocoDataset.load(missing, folder))
            .getMessage()
            .endsWith("missing.json: does not exist; check the path"));
    assertThrows(CocoFormatException.class, () -> CocoDataset.load(folder, folder));
    assertTrue(failure("").contains("is empty"));
    assertTrue(failure("  ").contains("nothing but blanks"));
    assertTrue(failure("[]").contains("result file"));
    assertTrue(failure("{\"images\": [}").contains("is not JSON at line 1"));
    assertTrue(failure("{}").contains("has no \"images\""));
    assertTrue(failure(SOUND + "}").contains("JSON") || failure(SOUND + "}").contains("damaged"));
    assertTrue(failure("{\"images\": 3}").contains("\"images\" is 3, expected a list"));
  }

  /** Replaces a part of the sound file; the message must hold what is behind the arrow. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'\"category_id\": 17' | '\"category_id\": 18' | annotation 70: names category 18",
        "[[1, 1, 5, 1, 5, 4]] | [[1, 1, 5, 1, 5]] | annotation 70: polygon 0 has 5 numbers",
        "[[1, 1, 5, 1, 5, 4]] | [[1, 1, 5, 1, 5, NaN]] | annotation 70: polygon 0 holds NaN",
        "[[1, 1, 5, 1, 5, 4]] | [[1, 1, 5, 1, 5, null]] | holds null among its numbers",
        "[[1, 1, 5, 1, 5, 4]] | 'true' | '\"segmentation\" is true, expected polygons'",
        "'[1, 1, 4, 3]' | '[1, 1, -4, 3]' | annotation 70: bbox has a negative size of -4 x 3",
        "'[1, 1, 4, 3]' | '[1, 1, 4]' | annotation 70: bbox has 3 numbers",
        "'[1, 1, 4, 3]' | '[1, 1, 4, Infinity]' | annotation 70: bbox holds Infinity",
        "'[1, 1, 4, 3]' | '\"1 1 4 3\"' | '\"bbox\" is the text \"1 1 4 3\", expected a list'",
        "'\"id\": 71' | '\"id\": 70' | image 4: annotation 70: occurs twice in \"annotations\"",
        "'\"id\": 5,' | '\"id\": 9,' | image 9: occurs twice in \"images\"",
        "'{\"id\": 3,' | '{\"id\": 17,' | 'categories[1]: id 17 occurs twice'",
        "'\"width\": 8, \"height\": 6, \"license\": 4' | '\"license\": 4' | image 9: has no"
            + " \"width\"",
        "'\"height\": 6, \"license\": 4' | '\"height\": 0' | image 9: size is 8x0",
        "'\"width\": 8, \"height\": 6}]' | '\"width\": \"8\", \"height\": 6}]' | image 5: \"width\""
            + " is",
        "'\"nine.jpg\"' | 9 | '\"file_name\" is 9, expected a text'",
        "'\"id\": 70' | '\"id\": \"x\"' | '\"id\" is the text \"x\", expected a whole number'",
        "'\"id\": 70' | '\"id\": 70.5' | 'position 0 of the list: \"id\" is 70.5'",
        "'\"area\": 6,' | '\"area\": -6,' | annotation 70: area is -6.0",
        "'[8, 3, 37]' | '[8, 3, 38]' | annotation 71: rle: runs cover 49 pixels",
        "'[8, 3, 37]' | '[8, -3, 37]' | annotation 71: rle: run 1 has length -3",
        "'[8, 3, 37]' | '\"8~\"' | annotation 71: rle: character",
        "'\"size\": [6, 8]' | '\"size\": [8, 6]' | mask is of 8x6, its image of 6x8",
        "'\"size\": [6, 8],' | '' | annotation 71: run lengths have no \"size\"",
        "'\"images\": [' | '\"images\": [7,' | 'images[0] is 7, expected an object'"
      })
  void namesTheFirstDefect(String part, String replacement, String expected) throws IOException {
    assertTrue(SOUND.contains(part), part);
    String message = failure(SOUND.replace(part, replacement));
    assertTrue(message.contains(expected.strip()), message);
    assertTrue(message.startsWith(folder.resolve("some.json") + ": "), message);
    assertEquals(1, message.lines().count(), message);
  }

  /** What pycocotools and the original accept is read, and counted in one line. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'\"image_id\": 4'  | '\"image_id\": 44' | names an image that is not in",
        "[[1, 1, 5, 1, 5, 4]] | [[1, 1, 5, 1]] | a polygon has fewer than 3 points",
        "[[1, 1, 5, 1, 5, 4]] | [[1, 1, 5, 1, 5, 4], []] | a polygon has fewer than 3 points",
        "[[1, 1, 5, 1, 5, 4]] | [1, 1, 5, 1, 5, 4] | '\"segmentation\" is a flat list'",
        "'\"area\": 6,' | '' | has no \"area\"",
        "'\"id\": 70' | '\"id\": \"70\"' | an id is a text",
        "'\"image_id\": 4' | '\"image_id\": \"4\"' | an id is a text",
        "'\"image_id\": 9' | '\"image_id\": \"IMG_9\"' | names an image that is not in",
      })
  void repairsAndCountsWhatTheOriginalAccepts(String part, String replacement, String expected)
      throws IOException {
    assertTrue(SOUND.contains(part), part);
    CocoDataset data =
        CocoDataset.load(write(SOUND.replaceFirst(quote(part), replacement)), folder);
    assertEquals(
        1,
        data.warnings().stream().filter(w -> w.contains(expected)).count(),
        "" + data.warnings());
    assertTrue(data.annotationCount() >= 2);
  }

  @Test
  void imageIdsMayBeWords() throws IOException {
    String json = SOUND.replace("\"image_id\": 9", "\"image_id\": \"IMG_9\"");
    CocoDataset data =
        CocoDataset.load(write(json.replace("\"id\": 9,", "\"id\": \"IMG_9\",")), folder);
    CocoImage image = data.images().get(data.images().size() - 1);
    assertEquals("nine.jpg", image.fileName());
    assertEquals(2, data.annotationsOf(image.id()).size());
  }

  private static String quote(String part) {
    return java.util.regex.Pattern.quote(part);
  }

  @Test
  void wholeNumbersMayBeWrittenAsFractions() throws IOException {
    String json = SOUND.replace("\"image_id\": 4", "\"image_id\": 4.0");
    assertEquals(1, CocoDataset.load(write(json), folder).annotationsOf(4).size());
  }

  @Test
  void datasetsMadeInMemoryAreChecked() {
    CocoImage image = new CocoImage(1, "a", 2, 2);
    assertThrows(
        CocoFormatException.class,
        () -> CocoDataset.of(List.of(image, image), List.of(), List.of(), folder));
  }

  @ParameterizedTest
  @CsvSource({
    "coco_ccby/annotations/instances_train2017.json, ''",
    "coco_ccby/annotations/instances_val2017.json, ''",
    "coco_ccby/annotations/instances_photos.json, coco_ccby",
    "cocoeval_val2014_100/instances_val2014_100.json, ''",
    "dsb2018_nuclei48/annotations/instances_train.json, ''",
    "dsb2018_nuclei48/annotations/instances_val.json, ''",
    "panoptic_rle2/annotations/instances_val.json, ''"
  })
  void loadsRealData(String name, String images) {
    Path file = TestData.path(name);
    JsonNode json = TestData.json(file);
    Path imageFolder = images.isEmpty() ? folder : TestData.path(images);
    CocoDataset data = CocoDataset.load(file, imageFolder);
    assertEquals(json.get("images").size(), data.images().size());
    assertEquals(json.get("annotations").size(), data.annotationCount());
    assertEquals(json.get("categories").size(), data.categories().size());
    if (!images.isEmpty()) {
      for (CocoImage image : data.images()) {
        assertTrue(Files.exists(data.imagePath(image)), image.toString());
      }
    }
    for (JsonNode a : json.get("annotations")) {
      assertSame(a, data);
    }
  }

  private static void assertSame(JsonNode json, CocoDataset data) {
    long imageId = json.get("image_id").asLong();
    CocoAnnotation a =
        data.annotationsOf(imageId).stream()
            .filter(o -> o.id() == json.get("id").asLong())
            .findFirst()
            .orElseThrow();
    assertArrayEquals(Golden.numbers(json.get("bbox")), a.bbox());
    assertEquals(json.get("area").asDouble(), a.area());
    assertEquals(json.get("iscrowd").asInt() == 1, a.crowd());
    JsonNode outline = json.get("segmentation");
    if (outline.isArray()) {
      List<double[]> parts = ((Polygons) a.segmentation()).parts();
      for (int i = 0; i < parts.size(); i++) {
        assertArrayEquals(Golden.numbers(outline.get(i)), parts.get(i));
      }
    } else if (outline.get("counts").isTextual()) {
      assertEquals(outline.get("counts").asText(), a.mask(data.image(imageId)).toCompressed());
      assertEquals(json.get("area").asLong(), a.mask(data.image(imageId)).area());
    } else {
      assertArrayEquals(
          Golden.integers(outline.get("counts")), a.mask(data.image(imageId)).counts());
    }
  }
}

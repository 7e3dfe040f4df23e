package dev.maskrcnn.detection.coco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.coco.AnnotationDefects.Defect;
import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnnotationDefectsTest {
  private static final String MANY =
      """
      {"images": [{"id": 1, "file_name": "there.png", "width": 20, "height": 10},
                  {"id": 1, "file_name": "again.png", "width": 20, "height": 10},
                  {"id": 2, "file_name": "gone.png", "width": 20, "height": 10},
                  {"id": 3, "file_name": "flat.png", "width": 20}],
       "categories": [{"id": 1, "name": "thing"}],
       "annotations": [
         {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 0, "bbox": [3, 3, 0, 2]},
         {"id": 2, "image_id": 7, "category_id": 6, "iscrowd": 0, "area": 4, "bbox": [3, 3, 2, 2]},
         {"id": 3, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 4, "bbox": [3, 3, -2, 2],
          "segmentation": [[1, 2, 3], [4, 5, 6, 7]]},
         {"id": 4, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 900,
          "bbox": [10, 2, 15, 5], "segmentation": [[10, 2, 25, 2, 25, 7, 10, 7],
                                                   [3, 3, 4, 4, 5, 5]]},
         {"id": 4, "image_id": 2, "category_id": 1, "iscrowd": 0, "area": 4, "bbox": [3, 3, 2, 2]},
         {"id": 5, "image_id": 3, "category_id": 1, "iscrowd": 0, "area": 4, "bbox": [3, 3, 2, 2]},
         {"image_id": 1, "category_id": 1, "iscrowd": "no", "bbox": [3, 3, 2, 2]}]}
      """;

  @TempDir Path folder;

  @Test
  void listsEveryDefect() throws IOException {
    Path file = Files.writeString(folder.resolve("many.json"), MANY);
    Files.write(folder.resolve("there.png"), new byte[1]);
    List<Defect> defects = AnnotationDefects.check(file, folder).defects();
    List<String> expected =
        List.of(
            "image 1: occurs twice in \"images\"",
            "image 3: has no \"height\"",
            "image 1: annotation 3: bbox has a negative size of -2 x 2",
            "image 1: annotation 3: polygon 0 has 3 numbers",
            "image 1: annotation 3: polygon 1 has 2 points",
            "image 2: annotation 4: occurs twice in \"annotations\"",
            "image 1: at position 6 of the list: \"iscrowd\" is the text \"no\"",
            "image 1: at position 6 of the list: has no \"id\"",
            "image 7: annotation 2: names an image",
            "image 7: annotation 2: names category 6",
            "image 1: annotation 1: box has no size (0 x 2)",
            "image 1: annotation 1: has no outline",
            "image 1: annotation 4: box 10, 2, 15, 5",
            "image 1: annotation 4: a polygon leaves the image",
            "image 1: annotation 4: polygon 1 encloses no area",
            "image 1: annotation 4: area is 900, its outline covers 50 pixels",
            "image 2: image file " + folder.resolve("gone.png") + " does not exist");
    assertEquals(expected.size(), defects.size(), defects.toString());
    for (int i = 0; i < expected.size(); i++) {
      String line = defects.get(i).line();
      assertTrue(line.startsWith(file + ": " + expected.get(i)), line);
    }
    assertEquals(OptionalLong.of(4), defects.get(13).annotationId());
    assertEquals(expected.size() - 1, AnnotationDefects.check(file, null).defects().size());
  }

  @Test
  void unreadableFilesAreOneDefect() throws IOException {
    Path cut = Files.writeString(folder.resolve("cut.json"), MANY.substring(0, 100));
    List<Defect> defects = AnnotationDefects.check(cut, null).defects();
    assertEquals(1, defects.size());
    assertTrue(defects.get(0).line().startsWith(cut + ": the JSON ends too early"));
    defects = AnnotationDefects.check(folder.resolve("missing.json"), null).defects();
    assertTrue(defects.get(0).message().startsWith("does not exist"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "coco_ccby/annotations/instances_train2017.json",
        "coco_ccby/annotations/instances_val2017.json",
        "panoptic_rle2/annotations/instances_val.json",
        "dsb2018_nuclei48/annotations/instances_val.json"
      })
  void realAnnotationsAreSound(String name) {
    assertEquals(List.of(), AnnotationDefects.check(TestData.path(name), null).defects());
  }

  @Test
  void realPhotosAreSound() {
    Path file = TestData.path("coco_ccby/annotations/instances_photos.json");
    assertEquals(List.of(), AnnotationDefects.check(file, TestData.path("coco_ccby")).defects());
  }

  @ParameterizedTest
  @CsvSource({
    "coco_ccby/annotations/instances_train2017.json, coco_ccby/train2017",
    "coco_ccby/annotations/instances_val2017.json, coco_ccby/val2017",
    "panoptic_rle2/annotations/instances_val.json, panoptic_rle2/val",
    "dsb2018_nuclei48/annotations/instances_val.json, dsb2018_nuclei48/val"
  })
  void realDataOutsideTheCloneIsSound(String name, String images) {
    assertEquals(
        List.of(),
        AnnotationDefects.check(TestData.photos(name), TestData.photos(images)).defects());
  }
}

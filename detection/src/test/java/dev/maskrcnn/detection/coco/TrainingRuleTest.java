package dev.maskrcnn.detection.coco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.coco.TrainingRule.LeftOut;
import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Data sets of which training would use little or nothing, and the copies that are sound. */
class TrainingRuleTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "bbox_norm, SMALL_BOX, fractions of the image",
    "crowd_only_all, CROWD, 12 groups",
    "tiny_objects, SMALL_BOX, 12 with a box that covers no pixel"
  })
  void nothingToLearnFrom(String name, LeftOut reason, String part) {
    Path file = TestData.path("reports/silent_no_objects/" + name + "/ann.json");
    CocoDataset set = CocoDataset.load(file, folder);
    TrainingRule.Count count = new TrainingRule(1, true).count(set);
    assertEquals(0, count.used());
    assertEquals(12, count.count(reason));
    assertTrue(count.notable());
    assertTrue(count.text().startsWith("all of 12 annotations are left out"), count.text());
    assertTrue(count.text().contains(part), count.text());
    List<AnnotationDefects.Defect> defects = AnnotationDefects.check(file, null).defects();
    assertTrue(
        defects.stream().anyMatch(d -> d.message().equals(count.text())), defects.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "verify_misses/seg_empty_list, 1, has no outline",
    "verify_misses/seg_none_one, 1, has no outline",
    "verify_misses/bbox_norm, 12, lies elsewhere than its outline"
  })
  void verifyListsWhatTrainingLeavesOut(String name, int times, String part) {
    Path file = TestData.path("reports/" + name + "/ann.json");
    List<AnnotationDefects.Defect> defects = AnnotationDefects.check(file, null).defects();
    long listed = defects.stream().filter(d -> d.message().contains(part)).count();
    assertEquals(times, listed, defects.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "verify_misses/seg_empty_list, 11",
    "verify_misses/bbox_norm, 12",
    "silent_no_objects/tiny_objects, 0",
    "refused_but_original_trains/poly_4numbers, 12",
    "refused_but_original_trains/orphan_ann, 10",
    "refused_but_original_trains/no_area, 12",
    "refused_but_original_trains/id_strings, 12"
  })
  void aCleanCopyHasNoDefectsAndSaysWhatChanged(String name, int objects) throws IOException {
    Path file = TestData.path("reports/" + name + "/ann.json");
    CleanCopy.Result clean = CleanCopy.of(file, image -> null);
    assertTrue(clean.changes().size() > 0);
    assertEquals(objects, clean.set().annotationCount(), clean.changes().toString());
    Path copy = folder.resolve("clean.json");
    CocoFile.write(copy, clean.set());
    assertEquals(List.of(), AnnotationDefects.check(copy, null).defects());
    CleanCopy.Result again = CleanCopy.of(copy, image -> null);
    assertEquals(List.of(), again.changes());
  }

  @Test
  void cleanClipsAtTheBordersOfTheImage() throws IOException {
    Path file = folder.resolve("out.json");
    java.nio.file.Files.writeString(
        file,
        """
        {"images": [{"id": 1, "file_name": "a", "width": 20, "height": 10}],
         "categories": [{"id": 1, "name": "a"}],
         "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 100,
           "bbox": [10, 2, 20, 5], "segmentation": [[10, 2, 30, 2, 30, 7, 10, 7]]},
          {"id": 2, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 0,
           "bbox": [2, 2, 4, 4], "segmentation": [[2, 2, 6, 6, 6, 2, 2, 6]]}]}
        """);
    String listed = AnnotationDefects.check(file, null).defects().toString();
    assertTrue(listed.contains("polygon 0 crosses itself"), listed);
    CleanCopy.Result clean = CleanCopy.of(file, image -> null);
    List<CocoAnnotation> kept = clean.set().annotationsOf(1);
    assertEquals(List.of(10.0, 2.0, 10.0, 5.0), numbers(kept.get(0).bbox()));
    assertEquals(50, kept.get(0).area());
    assertEquals(2, kept.size());
    assertTrue(clean.changes().toString().contains("leaves the image"), "" + clean.changes());
  }

  private static List<Double> numbers(double[] values) {
    return java.util.Arrays.stream(values).boxed().toList();
  }
}

package dev.maskrcnn.detection.coco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetStatisticsTest {
  @TempDir Path folder;

  @Test
  void countsASmallDataset() throws IOException {
    Path file = Files.writeString(folder.resolve("x.json"), CocoDatasetTest.SOUND);
    DatasetStatistics s = DatasetStatistics.of(CocoDataset.load(file, folder));
    assertEquals(3, s.images());
    assertEquals(1, s.imagesWithoutObjects());
    assertEquals(3, s.annotations());
    assertEquals(1, s.crowds());
    assertEquals(1, s.zeroSizeBoxes());
    assertEquals(2, s.categories().get(1).objects());
    assertEquals(2, s.categories().get(1).images());
    assertEquals(1, s.categories().get(0).small());
    for (DatasetStatistics.Histogram h : s.histograms()) {
      long expected = h.title().startsWith("box") ? 2 : 3;
      assertEquals(expected, Arrays.stream(h.counts()).sum(), h.title());
    }
    assertEquals("512-", s.histograms().get(4).binLabel(8));
    assertTrue(s.table().contains("images                      3  (1 without objects)\n"));
    assertTrue(s.table().contains("car              2        2        2        0        0\n"));
  }

  @Test
  void agreesWithACountOfTheFile() {
    Path file = TestData.path("coco_ccby/annotations/instances_train2017.json");
    DatasetStatistics s = DatasetStatistics.of(CocoDataset.load(file, folder));
    JsonNode annotations = TestData.json(file).get("annotations");
    for (DatasetStatistics.CategoryCount c : s.categories()) {
      int small = 0;
      int large = 0;
      int all = 0;
      for (JsonNode a : annotations) {
        if (a.get("category_id").asInt() == c.category().id()) {
          double area = a.get("area").asDouble();
          all++;
          small += area < 1024 ? 1 : 0;
          large += area >= 9216 ? 1 : 0;
        }
      }
      assertEquals(all, c.objects());
      assertEquals(small, c.small());
      assertEquals(large, c.large());
    }
  }
}

package dev.maskrcnn.detection.coco;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DetectionFileTest {
  @TempDir Path folder;

  /** Reading and writing what the original wrote gives the same JSON. */
  @ParameterizedTest
  @ValueSource(strings = {"bbox", "segm"})
  void keepsTheOriginalsFiles(String kind) throws IOException {
    Path original = TestData.path("goldens/17_metrics/detections_" + kind + ".json");
    List<DetectionRecord> detections = DetectionFile.read(original);
    Path copy = folder.resolve("sub").resolve(kind + ".json");
    if (kind.equals("bbox")) {
      DetectionFile.writeBoxes(copy, detections);
    } else {
      DetectionFile.writeMasks(copy, detections);
    }
    JsonNode expected = TestData.json(original);
    assertEquals(expected.size(), detections.size());
    assertEquals(expected, TestData.json(copy));
    try (Stream<Path> files = Files.list(copy.getParent())) {
      assertEquals(1, files.count(), "no temporary file is left");
    }
  }

  @Test
  void refusesDetectionsWithoutMaskOrWithoutNumber() {
    var box = new DetectionRecord(3, 1, new double[] {1, 2, 3, 4}, Optional.empty(), .5);
    Path file = folder.resolve("segm.json");
    assertThrows(CocoFormatException.class, () -> DetectionFile.writeMasks(file, List.of(box)));
    assertTrue(Files.notExists(file));
    assertThrows(
        CocoFormatException.class,
        () -> new DetectionRecord(3, 1, new double[4], Optional.empty(), Double.NaN));
    assertThrows(
        CocoFormatException.class,
        () -> new DetectionRecord(3, 1, new double[3], Optional.empty(), 1));
  }

  @Test
  void emptyResultsAreAnEmptyList() {
    Path file = folder.resolve("bbox.json");
    DetectionFile.writeBoxes(file, List.of());
    assertEquals(List.of(), DetectionFile.read(file));
  }

  @Test
  void boxOfAMaskIsComputed() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("x.json"),
            "[{\"image_id\": 1, \"category_id\": 2, \"score\": 0.5,"
                + " \"segmentation\": {\"size\": [2, 2], \"counts\": \"13\"}}]");
    assertArrayEquals(new double[] {0, 0, 2, 2}, DetectionFile.read(file).get(0).bbox());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'{}' | 'holds an object, expected a list'",
        "'[3]' | 'detection 0: is 3, expected an object'",
        "'[{\"image_id\": 1}]' | 'detection 0: has no \"category_id\"'",
        "'[{\"image_id\": 1, \"category_id\": 1, \"score\": 1}]' | 'has no \"bbox\" or'",
        "'[{\"image_id\": \"1\"}]' | '\"image_id\" is the text \"1\"'",
        "'[{\"image_id\": 1, \"category_id\": 1, \"score\": NaN, \"bbox\": [1,2,3,4]}]' | score"
            + " NaN",
        "'[{\"image_id\": 1, \"category_id\": 1, \"score\": 1, \"bbox\": [1,2,3]}]' | expected 4",
        "'[{\"image_id\": 1, \"segmentation\": [[1, 2]]}]' | 'expected run lengths'",
        "'[{\"image_id\": 1, ' | 'the JSON ends too early'"
      })
  void saysWhatIsWrong(String json, String expected) throws IOException {
    Path file = Files.writeString(folder.resolve("x.json"), json);
    CocoFormatException e = assertThrows(CocoFormatException.class, () -> DetectionFile.read(file));
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
  }
}

package dev.maskrcnn.detection.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.TrainedSession;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.train.TinyRun;
import dev.maskrcnn.detection.train.TrainingRun;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.tensor.device.DeviceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program gets is what the {@code predict} command writes. */
class DetectorTest {
  @TempDir static Path shared;
  private static ShapesDataset data;
  private static Path run;

  @TempDir Path folder;

  @BeforeAll
  static void train() {
    data = TinyRun.data(shared);
    run = shared.resolve("run");
    TrainingRun.run(TinyRun.options(data, run, 2), new TinyRun.Console().out);
  }

  @Test
  void findsWhatPredictFinds() throws IOException {
    Path photo = data.valImages().resolve("000001000001.png");
    Path weights = Checkpoint.finalFile(run);
    PredictionRun.Options predict =
        new PredictionRun.Options(
            new TrainedSession.Choice(
                weights,
                Checkpoint.describe(weights).config().orElseThrow(),
                "cpu",
                Optional.empty()),
            List.of(photo),
            folder,
            new PredictionRun.Drawing(0, 0),
            Optional.empty());
    PredictionRun.run(predict, new TinyRun.Console().out);
    JsonNode expected =
        new ObjectMapper()
            .readTree(folder.resolve("000001000001.json").toFile())
            .path("detections");
    try (Detector detector = Detector.open(run, "cpu")) {
      assertEquals(
          ShapesDataset.categoryNames(),
          detector.categories().stream().map(CocoCategory::name).toList());
      RgbImage image = ImageReader.read(photo);
      List<DetectedObject> found = detector.detect(image, 0);
      assertFalse(found.isEmpty());
      assertEquals(expected.size(), found.size());
      for (int i = 0; i < found.size(); i++) {
        assertSame(expected.get(i), found.get(i));
      }
      assertEquals(List.of(), detector.detect(image, 1));
      Path drawn = folder.resolve("drawn.png");
      detector.draw(image, found).writePng(drawn);
      Path overlay = folder.resolve("000001000001_overlay.png");
      assertArrayEquals(Files.readAllBytes(overlay), Files.readAllBytes(drawn));
      assertThrows(IllegalArgumentException.class, () -> detector.detect(image, 50));
    }
  }

  private static void assertSame(JsonNode expected, DetectedObject found) {
    assertEquals(expected.path("category_name").textValue(), found.name());
    assertEquals(expected.path("category_id").intValue(), found.category().id());
    assertEquals(expected.path("score").doubleValue(), found.score());
    assertEquals(expected.path("bbox").get(0).doubleValue(), found.box().x());
    assertEquals(expected.path("bbox").get(3).doubleValue(), found.box().height());
    assertEquals(
        expected.at("/segmentation/counts").textValue(), found.mask().orElseThrow().toCompressed());
  }

  @Test
  void whatCannotBeOpenedIsOneLine() {
    RunException empty = assertThrows(RunException.class, () -> Detector.open(folder, "cpu"));
    assertTrue(empty.getMessage().startsWith(folder + ": holds no checkpoint"));
    Path none = folder.resolve("none.safetensors");
    RuntimeException missing =
        assertThrows(RuntimeException.class, () -> Detector.open(none, "cpu"));
    assertTrue(missing.getMessage().contains("none.safetensors"), missing.getMessage());
  }

  /** A second close and a use after it crashed the process in native code. */
  @Test
  void closesOnceAndThenRefuses() {
    Detector detector = Detector.open(run, "cpu");
    detector.close();
    detector.close();
    RgbImage image = new RgbImage(40, 64, new byte[3 * 40 * 64]);
    DeviceException e = assertThrows(DeviceException.class, () -> detector.detect(image, 0));
    assertEquals("device cpu: it was closed and cannot be used any more", e.getMessage());
  }

  /** Threads that used one detector at the same time got wrong results or crashed. */
  @Test
  void aSecondThreadIsRefused() throws InterruptedException {
    RgbImage image = new RgbImage(40, 64, new byte[3 * 40 * 64]);
    AtomicReference<RuntimeException> thrown = new AtomicReference<>();
    try (Detector detector = Detector.open(run, "cpu")) {
      int count = detector.detect(image, 0).size();
      Thread second =
          new Thread(
              () -> {
                try {
                  detector.detect(image, 0);
                } catch (RuntimeException e) {
                  thrown.set(e);
                }
              },
              "second");
      second.start();
      second.join();
      assertEquals(count, detector.detect(image, 0).size());
    }
    assertEquals(DeviceException.class, thrown.get().getClass());
    assertTrue(thrown.get().getMessage().contains("used from thread second"));
  }
}

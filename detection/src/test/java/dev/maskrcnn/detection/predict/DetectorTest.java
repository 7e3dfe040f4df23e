package dev.maskrcnn.detection.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.download.DownloadException;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.TrainedSession;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.train.TinyRun;
import dev.maskrcnn.detection.train.TrainingRun;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.detection.weights.WeightConversion;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.tensor.device.DeviceException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
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
                WeightFile.read(weights),
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
      for (DetectedObject o : found) {
        DetectedObject.SoftMask soft = o.softMask().orElseThrow();
        assertEquals(soft.side() * soft.side(), soft.probabilities().length);
      }
      assertEquals(List.of(), detector.detect(image, 1));
      String json = detector.json(photo.toString(), image, found);
      List<DetectedObject> again = detector.detect(ImageIO.read(photo.toFile()), 0);
      assertEquals(json, detector.json(photo.toString(), image, again));
      assertEquals(Files.readString(folder.resolve("000001000001.json")), json + "\n");
      assertEquals(List.of(), detector.warnings());
      Path drawn = folder.resolve("drawn.png");
      detector.draw(image, found).writePng(drawn);
      Path overlay = folder.resolve("000001000001_overlay.png");
      assertArrayEquals(Files.readAllBytes(overlay), Files.readAllBytes(drawn));
      assertThrows(IllegalArgumentException.class, () -> detector.detect(image, 50));
    }
  }

  /** What is found in an image does not depend on those beside it, whatever their sizes. */
  @Test
  void severalImagesAtOnce() {
    List<RgbImage> images = new ArrayList<>(photos());
    images.add(1, new RgbImage(40, 90, new byte[3 * 40 * 90]));
    try (Detector detector = Detector.open(run.toString(), "cpu")) {
      List<List<DetectedObject>> together = detector.detect(images, 0);
      assertEquals(images.size(), together.size());
      for (int i = 0; i < images.size(); i++) {
        List<DetectedObject> alone = detector.detect(images.get(i), 0);
        assertEquals(alone.size(), together.get(i).size());
        for (int k = 0; k < alone.size(); k++) {
          assertEquals(alone.get(k).score(), together.get(i).get(k).score(), 1e-4);
        }
      }
      assertEquals(List.of(), detector.detect(List.of(), 0));
    }
  }

  private static List<RgbImage> photos() {
    File[] files = data.valImages().toFile().listFiles();
    return Arrays.stream(files).sorted().map(f -> ImageReader.read(f.toPath())).toList();
  }

  /** Threads share a detector: each finds what one thread alone finds, with one set of weights. */
  @Test
  void manyThreadsShareOneModel() throws Exception {
    List<RgbImage> images = photos();
    try (Detector detector = Detector.open(run, "cpu")) {
      List<List<DetectedObject>> expected = new ArrayList<>();
      for (RgbImage image : images) {
        expected.add(detector.detect(image, 0));
      }
      ExecutorService threads = Executors.newFixedThreadPool(4);
      try {
        List<Future<List<DetectedObject>>> found = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
          RgbImage image = images.get(i % images.size());
          found.add(threads.submit(() -> detector.detect(image, 0)));
        }
        for (int i = 0; i < found.size(); i++) {
          List<DetectedObject> alone = expected.get(i % images.size());
          List<DetectedObject> shared = found.get(i).get();
          assertEquals(alone.size(), shared.size());
          for (int k = 0; k < alone.size(); k++) {
            assertEquals(alone.get(k).box(), shared.get(k).box());
            assertEquals(alone.get(k).mask(), shared.get(k).mask());
          }
        }
      } finally {
        threads.shutdown();
      }
    }
  }

  /** A checkpoint without class names, as other systems write it. */
  @Test
  void warningsAreVisible() throws IOException {
    Path bare = folder.resolve("bare.pth");
    WeightConversion.convert(Checkpoint.finalFile(run), bare, WeightConversion.Names.KEEP);
    try (Detector detector = Detector.open(bare, TinyRun.config(), "cpu")) {
      assertEquals(1, detector.warnings().size(), detector.warnings()::toString);
      assertTrue(detector.warnings().get(0).contains("does not name its classes"));
    }
  }

  @Test
  void weightsOfACatalogByName() {
    DownloadException e =
        assertThrows(
            DownloadException.class, () -> Detector.open("catalog://NoSuch/Weights", "cpu"));
    assertTrue(e.getMessage().contains("NoSuch/Weights"), e.getMessage());
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
    assertEquals("detector: it was closed and cannot be used any more", e.getMessage());
  }
}

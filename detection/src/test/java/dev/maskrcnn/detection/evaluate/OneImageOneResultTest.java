package dev.maskrcnn.detection.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.detection.coco.DetectionFile;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.train.TinyRun;
import dev.maskrcnn.detection.train.TrainingRun;
import dev.maskrcnn.detection.weights.WeightFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found in an image depends on the images beside it only where the original wants it. */
class OneImageOneResultTest {
  @TempDir static Path folder;
  private static final TinyRun.Console CONSOLE = new TinyRun.Console();
  private static DatasetSource.Coco images;
  private static Path weights;

  /** A square and one half of it, which is half as wide as a batch of both. */
  @BeforeAll
  static void makeImages() throws IOException {
    ShapesDataset data = TinyRun.data(folder);
    weights =
        TrainingRun.run(TinyRun.options(data, folder.resolve("run"), 3), CONSOLE.out)
            .checkpoint()
            .orElseThrow();
    Path made = Files.createDirectories(folder.resolve("images"));
    Path square = data.valImages().resolve("000001000001.png");
    Files.copy(square, made.resolve("1.png"));
    BufferedImage half = ImageIO.read(square.toFile()).getSubimage(0, 0, 32, 64);
    ImageIO.write(half, "png", made.resolve("2.png").toFile());
    ObjectMapper json = new ObjectMapper();
    ObjectNode root = (ObjectNode) json.readTree(data.valAnnotations().toFile());
    root.putArray("annotations");
    ArrayNode entries = root.putArray("images");
    entries.addObject().put("id", 1).put("file_name", "1.png").put("width", 64).put("height", 64);
    entries.addObject().put("id", 2).put("file_name", "2.png").put("width", 32).put("height", 64);
    Path annotations = folder.resolve("two.json");
    json.writeValue(annotations.toFile(), root);
    images = new DatasetSource.Coco("two", made, annotations);
  }

  private static List<DetectionRecord> detections(String... keyValues) {
    Path out = folder.resolve(String.join("_", keyValues));
    Config config =
        TinyRun.config().with("DATALOADER.ASPECT_RATIO_GROUPING", false).merge(List.of(keyValues));
    EvaluationRun.run(
        new EvaluationRun.Options(
            config, "cpu", List.of(images), out, WeightFile.read(weights), true),
        CONSOLE.out);
    return DetectionFile.read(out.resolve("inference/two/bbox.json"));
  }

  /** The largest difference of corners and scores; infinite where others are found. */
  private static double difference(List<DetectionRecord> a, List<DetectionRecord> b) {
    if (a.size() != b.size()) {
      return Double.POSITIVE_INFINITY;
    }
    return IntStream.range(0, a.size())
        .mapToDouble(
            i -> {
              double most = Math.abs(a.get(i).score() - b.get(i).score());
              for (int c = 0; c < 4; c++) {
                most = Math.max(most, Math.abs(a.get(i).bbox()[c] - b.get(i).bbox()[c]));
              }
              return a.get(i).imageId() == b.get(i).imageId() ? most : Double.POSITIVE_INFINITY;
            })
        .max()
        .orElseThrow();
  }

  private static final String BATCH = "TEST.IMS_PER_BATCH";
  private static final String MIXED = "TEST.MIXED_SIZES";

  @Test
  void anImageAloneAndBesideALargerOne() {
    List<DetectionRecord> alone = detections(BATCH, "1");
    assertTrue(alone.stream().anyMatch(d -> d.imageId() == 2), "nothing is found in the half");
    assertEquals(0, difference(alone, detections(BATCH, "2", MIXED, "False")), 1e-4);
    assertFalse(CONSOLE.text().contains("share a batch"), CONSOLE.text());
    // As the original: the half is padded.
    assertTrue(difference(alone, detections(BATCH, "2", MIXED, "True")) > 1e-3);
    assertTrue(CONSOLE.text().contains("images of different sizes share a batch"));
  }

  /** The families whose own code pads no test image for another. */
  @Test
  void torchvisionAndDetectron2KeepSizesApart() {
    for (String family : List.of("torchvision", "detectron2")) {
      String[] rules = {"MODEL.CONVENTIONS", family};
      List<DetectionRecord> alone = detections(rules[0], rules[1], BATCH, "1");
      assertEquals(0, difference(alone, detections(rules[0], rules[1], BATCH, "2")), 1e-4);
    }
  }
}

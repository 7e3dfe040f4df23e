package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.data.Augmentation;
import dev.maskrcnn.detection.data.BatchLoader;
import dev.maskrcnn.detection.data.EpochOrder;
import dev.maskrcnn.detection.data.GroundTruth;
import dev.maskrcnn.detection.data.ImageEntry;
import dev.maskrcnn.detection.data.PixelNormalization;
import dev.maskrcnn.detection.data.PlannedBatch;
import dev.maskrcnn.detection.data.SampleSource;
import dev.maskrcnn.detection.data.SampleTransform;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.evaluate.EvaluationRunTest;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.Resampling;
import dev.maskrcnn.detection.image.ResizeRule;
import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.log.MetricsRow;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole training runs, from image files to the last checkpoint, against updates of
 * maskrcnn-benchmark recorded without flips: the runs use seeds whose choices are those.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrainingGoldenTest {
  @TempDir Path folder;

  /** The recorded cases. */
  List<String> cases() {
    return List.of("01_mask_r50_fpn", "02_faster_r50_fpn", "05_mask_r50_fpn_gn");
  }

  /** The device under test, which a test may skip. */
  String device() {
    return "cpu";
  }

  private static DatasetSource.Coco images(String golden, String name) {
    Path folder = TestData.golden(golden);
    return new DatasetSource.Coco(
        name, folder.resolve("images"), folder.resolve("annotations.json"));
  }

  /** A number of images that hold nothing but a pixel; whether one is flipped is still drawn. */
  private record Dots(int size, Path file) implements SampleSource {
    @Override
    public ImageEntry image(int index) {
      return new ImageEntry(index, file, new ImageSize(1, 1));
    }

    @Override
    public GroundTruth targets(int index) {
      return GroundTruth.empty();
    }
  }

  /** A seed without flips, in whose epochs the first two images come first. */
  private long seed(int images, int epochs) throws IOException {
    Path file = folder.resolve("dot.png");
    ImageIO.write(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
    Dots dots = new Dots(images, file);
    SampleTransform same = new SampleTransform(new ResizeRule(1, 1), Resampling.PILLOW, 1);
    for (long seed = 0; ; seed++) {
      BatchLoader loader =
          new BatchLoader(
              dots,
              new BatchLoader.Settings(
                  List.of(same), PixelNormalization.caffe2(), 1, Augmentation.flips(0.5), seed));
      EpochOrder order = EpochOrder.shuffled(images, seed);
      boolean good = true;
      for (int epoch = 0; good && epoch < epochs; epoch++) {
        int[] indices = order.indices(epoch);
        good = indices[0] + indices[1] == 1;
        for (int i = 0; good && i < images; i++) {
          PlannedBatch one = new PlannedBatch(0, epoch, new int[] {i});
          good = !loader.apply(one).samples().get(0).flipped();
        }
      }
      if (good) {
        return seed;
      }
    }
  }

  private Path run(Config config, List<DatasetSource.Coco> train, Path weights, long seed) {
    Path out = folder.resolve("out");
    TrainingRun.run(
        new TrainingRunBuilder(config, new DataSources(train, List.of()), out)
            .device(device())
            .weights(weights)
            .evaluateAtEnd(false)
            .seed(seed)
            .build(),
        new TinyRun.Console().out);
    return out;
  }

  private static JsonNode json(Path recorded) throws IOException {
    return TestData.json(recorded.resolve("case.json"));
  }

  private static void compareLosses(
      JsonNode names, JsonNode expected, List<MetricsRow> rows, double tolerance) {
    for (int i = 0; i < expected.size(); i++) {
      for (int k = 0; k < names.size(); k++) {
        String name = names.get(k).asText();
        double e = expected.get(i).get(k).asDouble();
        assertEquals(e, rows.get(i).value(name), tolerance * Math.abs(e), name + " " + (i + 1));
      }
    }
  }

  private static void compareWeights(
      SafetensorsFile expected, String prefix, Path checkpoint, double tolerance) {
    SafetensorsFile actual = Safetensors.read(checkpoint);
    int compared = 0;
    for (String key : expected.tensors().keySet()) {
      if (key.startsWith(prefix)) {
        float[] e = expected.tensor(key).floats();
        float[] a = actual.tensor(key.substring(prefix.length())).floats();
        assertEquals(e.length, a.length, key);
        for (int i = 0; i < e.length; i++) {
          assertEquals(e[i], a[i], tolerance, key + " at " + i);
        }
        compared++;
      }
    }
    assertTrue(compared > 0);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void fiveIterations(String name) throws IOException {
    Path recorded = TestData.golden(name);
    JsonNode json = json(recorded);
    SafetensorsFile tensors = Safetensors.read(recorded.resolve("tensors.safetensors"));
    Path out =
        run(
            Config.defaults().merge(recorded.resolve("config.yaml")),
            List.of(images("data_set", "two")),
            EvaluationRunTest.weights(recorded, folder),
            seed(2, 5));
    List<MetricsRow> rows = MetricsFile.read(out.resolve("metrics.jsonl"));
    assertEquals(5, rows.size());
    compareLosses(
        json.at("/sgd/order"),
        json.at("/sgd/losses"),
        rows,
        json.at("/tolerances/sgd_losses").asDouble());
    float[] rates = tensors.tensor("sgd/lr").floats();
    for (int i = 0; i < 5; i++) {
      assertEquals(rates[i * rates.length / 5], rows.get(i).value("lr"), 1e-8);
    }
    compareWeights(
        tensors, "after5/", Checkpoint.finalFile(out), json.at("/tolerances/after_abs").asDouble());
  }

  @Test
  void gradientsOfTwoBatchesMakeOneUpdate() throws IOException {
    Path first = TestData.golden("01_mask_r50_fpn");
    Path recorded = TestData.golden("09_gradient_accumulation");
    JsonNode json = json(recorded);
    Config config =
        Config.defaults()
            .merge(recorded.resolve("config.yaml"))
            .merge(List.of("SOLVER.MAX_ITER", "4", "SOLVER.CHECKPOINT_PERIOD", "1"))
            .merge(List.of("DATALOADER.ASPECT_RATIO_GROUPING", "False"));
    Path out =
        run(
            config,
            List.of(images("data_set", "a"), images("09_gradient_accumulation", "b")),
            EvaluationRunTest.weights(first, folder),
            seed(4, 2));
    compareLosses(
        json.at("/loss_names"),
        json.at("/losses"),
        MetricsFile.read(out.resolve("metrics.jsonl")),
        json.at("/tolerances/loss").asDouble());
    SafetensorsFile tensors = Safetensors.read(recorded.resolve("tensors.safetensors"));
    double tolerance = json.at("/tolerances/after_abs").asDouble();
    compareWeights(tensors, "after1/", Checkpoint.file(out, 2), tolerance);
    compareWeights(tensors, "after2/", Checkpoint.file(out, 4), tolerance);
    // Gradients are not part of a checkpoint, so there is none between two updates.
    assertTrue(!Files.exists(Checkpoint.file(out, 1)) && !Files.exists(Checkpoint.file(out, 3)));
  }
}

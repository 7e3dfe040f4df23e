package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.log.MetricsRow;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingRunTest {
  @TempDir static Path shared;
  private static ShapesDataset data;

  @TempDir Path folder;
  private final TinyRun.Console console = new TinyRun.Console();

  @BeforeAll
  static void makeData() {
    data = TinyRun.data(shared);
  }

  private TrainingRun.Outcome run(TrainingRun.Options options) {
    return TrainingRun.run(options, console.out);
  }

  /** The rows of training, without those of evaluations. */
  private static List<MetricsRow> losses(Path outputDir) {
    return MetricsFile.read(outputDir.resolve("metrics.jsonl")).stream()
        .filter(row -> row.values().containsKey("loss"))
        .toList();
  }

  @Test
  void leavesAllFilesOfARun() throws IOException {
    TrainingRun.Options o = TinyRun.options(data, folder, 6);
    TrainingRun.Outcome outcome = run(TinyRun.tested(o));
    assertEquals(6, outcome.iteration());
    assertEquals(Optional.of(Checkpoint.finalFile(folder)), outcome.checkpoint());
    for (String name :
        List.of(
            "log.txt",
            "loss.png",
            "ap.png",
            "report.html",
            "model_0000004.safetensors",
            "model_final.safetensors",
            "inference/shapes_val/bbox.json",
            "inference/shapes_val/segm.json",
            "inference/shapes_val/results.json")) {
      assertTrue(Files.size(folder.resolve(name)) > 0, name);
    }
    assertEquals("model_final.safetensors", Files.readString(folder.resolve("last_checkpoint")));
    try (Stream<Path> pictures = Files.list(folder.resolve("overlays"))) {
      assertEquals(5, pictures.filter(f -> f.toString().endsWith(".png")).count());
    }
    List<CocoSummary> summaries = outcome.summaries().get("shapes_val");
    assertEquals(2, summaries.size());
    List<MetricsRow> rows = losses(folder);
    assertEquals(6, rows.size());
    for (MetricsRow row : rows) {
      double parts = 0;
      for (Map.Entry<String, Double> e : row.values().entrySet()) {
        parts += e.getKey().startsWith("loss_") ? e.getValue() : 0;
      }
      assertEquals(row.value("loss"), parts, 1e-9);
    }
    // Update n uses the rate at n - 1: warm-up from a tenth over 100 updates.
    assertEquals(0.01 * (0.1 + 0.9 * 5 / 100), rows.get(5).value("lr"), 1e-12);
    MetricsRow last =
        MetricsFile.read(folder.resolve("metrics.jsonl")).stream()
            .filter(row -> row.values().containsKey("segm/AP50"))
            .findFirst()
            .orElseThrow();
    assertEquals(summaries.get(1).ap50(), last.value("segm/AP50"));
    assertLines(Files.readString(folder.resolve("log.txt")));
  }

  /** The formats that the original's scripts search for. */
  private void assertLines(String log) {
    assertEquals(log.lines().count(), log.lines().filter(l -> console.text().contains(l)).count());
    for (String pattern :
        List.of(
            "maskrcnn_benchmark.trainer INFO: eta: 0:00:00  iter: 6  loss: \\d.*max mem: \\d+",
            "maskrcnn_benchmark.trainer INFO: Total training time: .* \\(\\d+\\.\\d{4} s / it\\)",
            "Total inference time: .* s / img per device, on 1 devices\\)",
            "Saving checkpoint to .*model_final.safetensors")) {
      assertTrue(
          log.lines().anyMatch(l -> l.matches(".*" + pattern + "$")), pattern + " in " + log);
    }
    String ap = " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = ";
    assertEquals(2, log.lines().filter(l -> l.startsWith(ap)).count());
  }

  @Test
  void resumedRunRepeatsAnUninterruptedOneToTheBit() throws IOException {
    Path whole = folder.resolve("whole");
    Path broken = folder.resolve("broken");
    run(TinyRun.options(data, whole, 8));
    run(TinyRun.options(data, broken, 6));
    // As if killed between iterations 6 and 7, with 4 as the newest checkpoint.
    Files.delete(Checkpoint.finalFile(broken));
    Files.writeString(broken.resolve(Checkpoint.LAST), "model_0000004.safetensors");
    Files.write(
        broken.resolve("metrics.jsonl"),
        "{\"iteration\":7,\"loss".getBytes(StandardCharsets.UTF_8),
        java.nio.file.StandardOpenOption.APPEND);
    run(TinyRun.resumed(TinyRun.options(data, broken, 8)));
    List<MetricsRow> expected = losses(whole);
    List<MetricsRow> actual = losses(broken);
    assertEquals(8, actual.size());
    for (int i = 0; i < 8; i++) {
      for (String name : expected.get(i).values().keySet()) {
        if (name.startsWith("loss") || name.equals("lr")) {
          assertEquals(expected.get(i).value(name), actual.get(i).value(name), name + " " + i);
        }
      }
    }
    Map<String, HostTensor> a = Safetensors.read(Checkpoint.finalFile(whole)).tensors();
    Map<String, HostTensor> b = Safetensors.read(Checkpoint.finalFile(broken)).tensors();
    assertEquals(a.keySet(), b.keySet());
    a.forEach((name, t) -> assertArrayEquals(t.floats(), b.get(name).floats(), name));
  }

  @Test
  void otherSeedsGiveOtherRuns() {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    TrainingRun.Options o = TinyRun.options(data, first, 1);
    run(o);
    run(TinyRun.seeded(TinyRun.options(data, second, 1), o.start().seed() + 1));
    assertTrue(losses(first).get(0).value("loss") != losses(second).get(0).value("loss"));
  }

  @Test
  void newRunInAnOldFolderStartsAnewAndSaysSo() {
    run(TinyRun.options(data, folder, 2));
    run(TinyRun.options(data, folder, 1));
    assertEquals(1, losses(folder).size());
    assertTrue(console.text().contains("held an earlier run"), console.text());
  }

  @Test
  void resumeWithoutACheckpointStartsFromScratch() {
    run(TinyRun.resumed(TinyRun.options(data, folder, 1)));
    assertTrue(console.text().contains("No checkpoint found. Initializing model from scratch"));
    Path last = Checkpoint.last(folder).orElseThrow();
    run(TinyRun.from(TinyRun.resumed(TinyRun.options(data, folder, 1)), last));
    assertTrue(console.text().contains("iteration 1 of 1 is done already"), console.text());
    String which = "--resume goes on from %s; --weights %s is not used".formatted(last, last);
    assertTrue(console.text().contains(which), console.text());
  }

  @Test
  void divergenceStopsWithTheIterationAndTheImages() {
    TrainingRun.Options o = TinyRun.options(data, folder, 20);
    // The fourth root of the largest float: finite weights, infinite activations.
    TrainingRun.Options wild =
        TinyRun.with(
            o,
            o.config().merge(List.of("SOLVER.BASE_LR", "1e12", "SOLVER.CHECKPOINT_PERIOD", "1")));
    RunException e = assertThrows(RunException.class, () -> run(wild));
    assertTrue(
        e.getMessage()
            .matches(
                "iteration \\d+: the loss is not finite \\(.*\\) on \\d+\\.png, \\d+\\.png; the"
                    + " last good checkpoint is .*model_\\d+\\.safetensors; try a lower"
                    + " SOLVER.BASE_LR"),
        e.getMessage());
    Path good = Checkpoint.last(folder).orElseThrow();
    for (HostTensor tensor : Safetensors.read(good).tensors().values()) {
      for (float v : tensor.floats()) {
        assertTrue(Float.isFinite(v));
      }
    }
  }

  @Test
  void weightsOfOtherClassesAreTakenUpAndTheNewTensorsNamed() throws IOException {
    Path first = folder.resolve("first");
    run(TinyRun.options(data, first, 1));
    Path annotations = folder.resolve("one_class.json");
    TinyRun.writeOneCategory(data.trainAnnotations(), annotations);
    DataSources one =
        new DataSources(
            List.of(new DatasetSource.Coco("one", data.trainImages(), annotations)), List.of());
    TrainingRun.Options o = TinyRun.options(data, folder.resolve("second"), 1);
    TrainingRun.Outcome outcome =
        run(TinyRun.on(TinyRun.from(o, Checkpoint.finalFile(first)), one));
    String text = console.text();
    assertTrue(text.contains("NUM_CLASSES: 2 instead of 7"), text);
    assertTrue(text.contains("start anew: roi_heads.box.predictor.cls_score.weight"), text);
    assertFalse(text.contains("other rules"), text);
    assertEquals(
        2, Checkpoint.describe(outcome.checkpoint().orElseThrow()).classes().orElseThrow());
    Config blue = o.config().with("INPUT.TO_BGR255", !o.config().flag("INPUT.TO_BGR255"));
    run(TinyRun.on(TinyRun.from(TinyRun.with(o, blue), Checkpoint.finalFile(first)), one));
    text = console.text();
    assertTrue(text.contains("trained under other rules; to keep them, add: INPUT.TO_BGR"), text);
    // The same with --resume would go on with the momentum of other tensors.
    RunException e =
        assertThrows(
            RunException.class,
            () -> run(TinyRun.resumed(TinyRun.on(TinyRun.options(data, first, 2), one))));
    assertTrue(e.getMessage().contains("categories"), e.getMessage());
  }

  @Test
  void severalSetsAreJoinedAndEpochsEvaluated() {
    DatasetSource.Coco train = TinyRun.train(data);
    DataSources twice =
        new DataSources(
            List.of(train, new DatasetSource.Coco("again", train.images(), train.annotations())),
            List.of(TinyRun.val(data)));
    TrainingRun.Options o = TinyRun.on(TinyRun.options(data, folder, 20), twice);
    TrainingRun.Outcome outcome =
        run(
            TinyRun.with(
                o,
                o.config()
                    .merge(
                        List.of(
                            "PER_EPOCH_EVAL", "True",
                            "MIN_BBOX_MAP", "0.0",
                            "MIN_MASK_MAP", "0.0",
                            "SOLVER.IMS_PER_BATCH", "4",
                            "SAVE_CHECKPOINT", "False"))));
    // 20 images in batches of 4: the target is reached after the first epoch.
    assertEquals(5, outcome.iteration());
    assertEquals(Optional.empty(), outcome.checkpoint());
    assertEquals(2, outcome.summaries().get("shapes_val").size());
    assertFalse(Files.exists(Checkpoint.finalFile(folder)));
  }

  @Test
  void fasterRcnnHasBoxesOnly() {
    TrainingRun.Options o = TinyRun.options(data, folder, 1);
    TrainingRun.Outcome outcome =
        run(TinyRun.tested(TinyRun.with(o, o.config().with("MODEL.MASK_ON", false))));
    assertEquals(1, outcome.summaries().get("shapes_val").size());
    assertFalse(Files.exists(folder.resolve("inference/shapes_val/segm.json")));
    assertFalse(losses(folder).get(0).values().containsKey("loss_mask"));
  }
}

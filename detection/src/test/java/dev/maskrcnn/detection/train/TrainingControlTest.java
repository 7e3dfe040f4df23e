package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.data.CocoSource;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.PrefetchLoader;
import dev.maskrcnn.detection.data.Sample;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.RunControl;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.log.DlLogger;
import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.log.MetricsRow;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a run is watched, stopped, repeated, and what it keeps. */
class TrainingControlTest {
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

  private static TrainingRun.Options set(TrainingRun.Options o, String... keyValues) {
    return TinyRun.with(o, o.config().merge(List.of(keyValues)));
  }

  private static List<MetricsRow> rows(Path folder, String name) {
    return MetricsFile.read(folder.resolve("metrics.jsonl")).stream()
        .filter(row -> row.values().containsKey(name))
        .toList();
  }

  private static void assertSameRun(Path a, Path b) {
    List<MetricsRow> first = rows(a, "loss");
    List<MetricsRow> second = rows(b, "loss");
    assertEquals(first.size(), second.size());
    for (int i = 0; i < first.size(); i++) {
      for (String name : first.get(i).values().keySet()) {
        if (!name.equals("time") && !name.equals("data")) {
          assertEquals(first.get(i).value(name), second.get(i).value(name), name + " " + i);
        }
      }
    }
    Map<String, HostTensor> weights = Safetensors.read(Checkpoint.finalFile(b)).tensors();
    Safetensors.read(Checkpoint.finalFile(a))
        .tensors()
        .forEach((n, t) -> assertArrayEquals(t.floats(), weights.get(n).floats(), n));
  }

  @Test
  void twoRunsOfOneSeedAreEqualToTheBit() {
    run(TinyRun.options(data, folder.resolve("a"), 7));
    run(TinyRun.options(data, folder.resolve("b"), 7));
    assertSameRun(folder.resolve("a"), folder.resolve("b"));
    assertEquals(batches(7), batches(7));
    assertTrue(!batches(7).equals(batches(8)));
    String words = batches(7).toString();
    assertTrue(words.contains("true") && words.contains("false"), "no flips: " + words);
  }

  /** Order and flips of the images of three epochs. */
  private static List<String> batches(long seed) {
    CocoDataset set = CocoDataset.load(data.trainAnnotations(), data.trainImages());
    CocoSource source = CocoSource.forTraining(set, 1);
    List<String> words = new ArrayList<>();
    BatchPipeline pipeline = new BatchPipeline(TinyRun.config(), 1);
    try (PrefetchLoader<ImageBatch> loader = pipeline.training(source, seed, 0, 15)) {
      while (loader.hasNext()) {
        for (Sample s : loader.next().samples()) {
          words.add(s.index() + " " + s.flipped());
        }
      }
    }
    return words;
  }

  @Test
  void aStoppedRunSavesAndGoesOnToTheSameEnd() {
    Path whole = folder.resolve("whole");
    Path broken = folder.resolve("broken");
    String[] accumulate = {"SOLVER.ACCUMULATE_GRAD", "True", "SOLVER.ACCUMULATE_STEPS", "2"};
    run(set(TinyRun.options(data, whole, 4), accumulate));
    TrainingRun.Options o = TinyRun.tested(set(TinyRun.options(data, broken, 4), accumulate));
    StopRequest stop = new StopRequest();
    stop.request("SIGTERM");
    stop.request("SIGINT");
    TrainingRun.Outcome outcome =
        run(TinyRun.controlled(o, new RunControl("", Optional.empty(), false, stop)));
    // Not between two updates: the gradients of iteration 1 would be lost.
    assertEquals(2, outcome.iteration());
    assertEquals(Optional.of("SIGTERM"), outcome.stopped());
    assertEquals(Optional.of(Checkpoint.file(broken, 2)), outcome.checkpoint());
    assertFalse(Files.exists(Checkpoint.finalFile(broken)));
    assertEquals(Map.of(), outcome.summaries());
    String last = "stopped by SIGTERM after iteration 2; go on with: maskrcnn train --resume";
    assertTrue(console.text().contains(last), console.text());
    run(TinyRun.resumed(o));
    assertSameRun(whole, broken);
  }

  @Test
  void bestModelAndValidationLossesAreKept() throws IOException {
    TrainingRun.Options o = TinyRun.options(data, folder, 6);
    run(set(o, "SOLVER.TEST_PERIOD", "2", "SOLVER.MAX_ITER", "6"));
    List<MetricsRow> evaluated = rows(folder, "segm/AP");
    assertEquals(3, evaluated.size());
    double best = evaluated.stream().mapToDouble(r -> r.value("segm/AP")).max().orElseThrow();
    Path file = Checkpoint.bestFile(folder);
    assertEquals(best, Checkpoint.ap(file, "segm/AP").orElseThrow());
    int iteration = Checkpoint.describe(file).iteration().orElseThrow();
    assertEquals(
        best,
        evaluated.stream()
            .filter(r -> r.iteration() == iteration)
            .findFirst()
            .orElseThrow()
            .value("segm/AP"));
    assertEquals("model_final.safetensors", Files.readString(folder.resolve("last_checkpoint")));
    List<MetricsRow> losses = rows(folder, "validation/loss");
    assertEquals(3, losses.size());
    double parts =
        losses.get(0).values().entrySet().stream()
            .filter(e -> e.getKey().startsWith("validation/loss_"))
            .mapToDouble(Map.Entry::getValue)
            .sum();
    assertEquals(losses.get(0).value("validation/loss"), parts, 1e-6);
    assertTrue(
        console
            .text()
            .lines()
            .anyMatch(l -> l.contains("[Validation]:  shapes_val  iter: 2  loss: ")));
  }

  @Test
  void validationLeavesTheRunAsItWas() {
    run(TinyRun.options(data, folder.resolve("a"), 4));
    run(set(TinyRun.options(data, folder.resolve("b"), 4), "SOLVER.TEST_PERIOD", "1"));
    assertSameRun(folder.resolve("a"), folder.resolve("b"));
  }

  @Test
  void earlyExitWritesTheFinalModelToo() {
    TrainingRun.Outcome outcome =
        run(
            set(
                TinyRun.options(data, folder, 30),
                "PER_EPOCH_EVAL",
                "True",
                "MIN_BBOX_MAP",
                "0.0",
                "MIN_MASK_MAP",
                "0.0"));
    assertEquals(5, outcome.iteration());
    assertEquals(Optional.of(Checkpoint.finalFile(folder)), outcome.checkpoint());
    assertEquals(5, Checkpoint.describe(Checkpoint.finalFile(folder)).iteration().orElseThrow());
  }

  @Test
  void aCheckpointThatCannotBeWrittenLeavesTheFormerOne() throws IOException {
    TrainingRun.Options o = set(TinyRun.options(data, folder, 4), "SOLVER.CHECKPOINT_PERIOD", "1");
    Files.createDirectories(Checkpoint.file(folder, 2));
    RunException e = assertThrows(RunException.class, () -> run(o));
    assertTrue(
        e.getMessage()
            .matches(
                ".*model_0000002.safetensors: cannot write, .*; the last good checkpoint is"
                    + " .*model_0000001.safetensors; free some space .* --resume"),
        e.getMessage());
    assertEquals(Optional.of(Checkpoint.file(folder, 1)), Checkpoint.last(folder));
    assertTrue(Checkpoint.describe(Checkpoint.file(folder, 1)).config().isPresent());
  }

  @Test
  void weightsThatAreNotFiniteAreNotSaved() {
    TrainingRun.Options o = TinyRun.options(data, folder, 4);
    RunException e =
        assertThrows(
            RunException.class,
            () -> run(set(o, "SOLVER.BASE_LR", "1e60", "SOLVER.CHECKPOINT_PERIOD", "1")));
    assertTrue(
        e.getMessage()
            .matches("iteration 1: the update before made \\S+ hold (NaN|-?Infinity); .*"),
        e.getMessage());
    assertEquals(Optional.empty(), Checkpoint.last(folder));
  }

  @Test
  void recordsAreThoseOfTheOriginal() throws IOException {
    Path file = folder.resolve("dllogger.out");
    TrainingRun.Options o = TinyRun.tested(TinyRun.options(data, folder, 3));
    run(TinyRun.controlled(o, new RunControl("tiny", Optional.of(file), true, new StopRequest())));
    List<JsonNode> records = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      assertTrue(line.startsWith(DlLogger.PREFIX), line);
      records.add(new ObjectMapper().readTree(line.substring(DlLogger.PREFIX.length())));
    }
    JsonNode config = data(records, "config");
    assertEquals(0.01, config.at("/SOLVER/BASE_LR").doubleValue());
    assertEquals("tiny", data(records, "config_file").textValue());
    JsonNode last =
        records.stream().filter(r -> r.path("step").toString().equals("[3]")).findFirst().get();
    List<String> names = new ArrayList<>();
    last.get("data").fieldNames().forEachRemaining(names::add);
    assertEquals(List.of("eta", "learning_rate", "memory", "loss"), names.subList(0, 4));
    assertTrue(names.containsAll(List.of("loss_mask", "time", "data")), names.toString());
    assertTrue(last.at("/data/loss").textValue().matches("\\d+\\.\\d{4} \\(\\d+\\.\\d{4}\\)"));
    // The rate of iteration 4: the original's scheduler has moved on before it logs.
    assertEquals(0.01 * (0.1 + 0.9 * 3 / 100), last.at("/data/learning_rate").asDouble(), 1e-12);
    double seconds = data(records, "e2e_train_time").asDouble();
    assertEquals(3 * 2 / seconds, data(records, "train_perf_fps").asDouble(), 1e-6);
    assertEquals(
        rows(folder, "segm/AP").get(0).value("segm/AP"), data(records, "MASK_mAP").asDouble());
    assertTrue(data(records, "latency_99").asDouble() > 0);
    assertTrue(console.text().contains(" - Training Iteration: 3  eta : 0:00:00 "));
  }

  private static JsonNode data(List<JsonNode> records, String name) {
    return records.stream()
        .map(r -> r.path("data").path(name))
        .filter(v -> !v.isMissingNode())
        .reduce((a, b) -> b)
        .orElseThrow(() -> new AssertionError("no record has " + name));
  }
}

package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.RunLock;
import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.log.MetricsRow;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong beside the training costs none of the work that is done. */
class FailureTest {
  @TempDir Path folder;
  private final TinyRun.Console console = new TinyRun.Console();
  private ShapesDataset data;
  private Path out;

  @BeforeEach
  void makeData() {
    data = TinyRun.data(folder);
    out = folder.resolve("out");
  }

  private TrainingRun.Outcome run(TrainingRun.Options options) {
    return TrainingRun.run(options, console.out);
  }

  private TrainingRun.Options options(Path into, int steps, String... keyValues) {
    TrainingRun.Options o = TinyRun.options(data, into, steps);
    // The tenth image of the order comes in the fifth iteration.
    return TinyRun.with(
        o, o.config().merge(List.of("SOLVER.CHECKPOINT_PERIOD", "1000")).merge(List.of(keyValues)));
  }

  private static void cut(Path image) throws IOException {
    Files.write(image, Arrays.copyOf(Files.readAllBytes(image), 200));
  }

  private static List<MetricsRow> losses(Path folder) {
    return MetricsFile.read(folder.resolve("metrics.jsonl")).stream()
        .filter(row -> row.values().containsKey("loss"))
        .toList();
  }

  private static void assertSameRun(Path a, Path b) {
    List<MetricsRow> first = losses(a);
    List<MetricsRow> second = losses(b);
    assertEquals(first.size(), second.size());
    for (int i = 0; i < first.size(); i++) {
      assertEquals(first.get(i).value("loss"), second.get(i).value("loss"), "loss " + i);
    }
    Map<String, HostTensor> weights = Safetensors.read(Checkpoint.finalFile(b)).tensors();
    Safetensors.read(Checkpoint.finalFile(a))
        .tensors()
        .forEach((n, t) -> assertArrayEquals(t.floats(), weights.get(n).floats(), n));
  }

  @Test
  void aDamagedImageCostsNoFinishedIteration() throws IOException {
    Path whole = folder.resolve("whole");
    run(options(whole, 8));
    Path image = data.trainImages().resolve("000000000004.png");
    byte[] sound = Files.readAllBytes(image);
    cut(image);
    RunException e = assertThrows(RunException.class, () -> run(options(out, 8)));
    String message = e.getMessage();
    int done = Checkpoint.describe(Checkpoint.last(out).orElseThrow()).iteration().orElseThrow();
    assertTrue(done > 0 && done < 5, message);
    assertTrue(message.startsWith("iteration %s: ".formatted(done + 1)), message);
    for (String part :
        List.of(
            "000000000004.png",
            "%s iterations are done and saved in %s".formatted(done, Checkpoint.file(out, done)),
            "DATALOADER.SKIP_DAMAGED True",
            "go on with: maskrcnn train --resume --output-dir " + out)) {
      assertTrue(message.contains(part), part + " is not in " + message);
    }
    assertFalse(message.contains("\n"), message);
    Files.write(image, sound);
    run(TinyRun.resumed(options(out, 8)));
    assertSameRun(whole, out);
  }

  @Test
  void damagedImagesAreLeftOutOnRequestAndResumingRepeatsThat() throws IOException {
    cut(data.trainImages().resolve("000000000004.png"));
    cut(data.trainImages().resolve("000000000005.png"));
    String[] skip = {"DATALOADER.SKIP_DAMAGED", "True"};
    Path whole = folder.resolve("whole");
    run(options(whole, 10, skip));
    String said = console.text();
    for (String file : List.of("000000000004.png", "000000000005.png")) {
      assertEquals(
          1, said.lines().filter(l -> l.contains("left out: ") && l.contains(file)).count());
    }
    assertTrue(said.contains("damaged images left out: 2; others took their place"), said);
    assertTrue(Files.readString(whole.resolve("report.html")).contains("damaged images left out"));
    run(options(out, 3, skip));
    run(TinyRun.resumed(options(out, 10, skip)));
    assertSameRun(whole, out);
  }

  @Test
  void aDamagedValidationImageCostsNoFinishedIteration() throws IOException {
    cut(data.valImages().resolve("000001000002.png"));
    String[] period = {"SOLVER.TEST_PERIOD", "2"};
    RunException e = assertThrows(RunException.class, () -> run(options(out, 4, period)));
    assertTrue(
        e.getMessage().startsWith("evaluation of shapes_val after iteration 2: "), e.getMessage());
    assertEquals(Optional.of(Checkpoint.file(out, 2)), Checkpoint.last(out));

    TrainingRun.Options skipping =
        options(out, 4, "SOLVER.TEST_PERIOD", "2", "DATALOADER.SKIP_DAMAGED", "True");
    TrainingRun.Outcome outcome = run(TinyRun.tested(TinyRun.resumed(skipping)));
    assertEquals(4, outcome.iteration());
    assertTrue(
        console.text().contains("damaged images left out of the evaluation: 1 of 5"),
        console.text());
    String results = Files.readString(out.resolve("inference/shapes_val/bbox.json"));
    assertFalse(results.contains("1000002"), "detections in a black image");
  }

  @Test
  void aListenerThatFailsCostsNoFinishedIteration() {
    IllegalStateException mine = new IllegalStateException("mine");
    TrainingListener failing =
        new TrainingListener() {
          @Override
          public void afterIteration(int iteration) {
            if (iteration == 3) {
              throw mine;
            }
          }
        };
    TrainingRun.Options o = TrainingRunBuilder.like(options(out, 4)).listener(failing).build();
    assertSame(mine, assertThrows(IllegalStateException.class, () -> run(o)));
    assertEquals(Optional.of(Checkpoint.file(out, 3)), Checkpoint.last(out));
    assertTrue(console.text().contains("3 iterations are done and saved in"), console.text());
  }

  /** Folders have the names of the files. */
  @Test
  void aPictureThatCannotBeWrittenIsAWarning() throws IOException {
    for (String name :
        List.of("loss.png", "overlays/val_1000001.png", "inference/shapes_val/confusion.png")) {
      Files.createDirectories(out.resolve(name));
    }
    Files.writeString(out.resolve("tensorboard"), "a file");
    TrainingRun.Outcome outcome =
        run(TrainingRunBuilder.like(TinyRun.tested(options(out, 2))).tensorBoard(true).build());
    assertEquals(2, outcome.iteration());
    assertEquals(2, outcome.summaries().get("shapes_val").size());
    for (String name : List.of("loss.png", "val_1000001.png", "confusion.png", "tensorboard")) {
      assertWarned(name);
    }
    Path other = folder.resolve("other");
    Files.createDirectories(other.resolve("report.html"));
    assertEquals(1, run(options(other, 1)).iteration());
    assertWarned("report.html");
  }

  private void assertWarned(String name) {
    assertTrue(
        console
            .text()
            .lines()
            .anyMatch(l -> l.contains("WARNING") && l.contains(name) && l.contains("goes on")),
        name + " is not warned of in " + console.text());
  }

  /** A failure between the update and the end of its iteration: the weights are the new ones. */
  @Test
  void whatIsSavedIsWhatTheWeightsAre() {
    Path whole = folder.resolve("whole");
    run(options(whole, 4));
    TrainingListener failing =
        new TrainingListener() {
          @Override
          public void losses(IterationLosses step) {
            if (step.iteration() == 2) {
              throw new IllegalStateException("mine");
            }
          }
        };
    TrainingRun.Options o = TrainingRunBuilder.like(options(out, 4)).listener(failing).build();
    assertThrows(IllegalStateException.class, () -> run(o));
    assertEquals(Optional.of(Checkpoint.file(out, 2)), Checkpoint.last(out));
    run(TinyRun.resumed(options(out, 4)));
    assertSameRun(whole, out);
  }

  @Test
  void aSecondRunInTheFolderIsRefused() throws IOException {
    try (RunLock other = RunLock.take(out)) {
      RunException e = assertThrows(RunException.class, () -> run(options(out, 2)));
      assertTrue(e.getMessage().contains("another run is writing into it"), e.getMessage());
      assertFalse(Files.exists(out.resolve("log.txt")));
    }
  }
}

package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.engine.RunControl;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.engine.UploadedBatches;
import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.log.MetricsRow;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.weights.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a listener is told, and how it ends a run. */
class TrainingListenerTest {
  @TempDir static Path shared;
  private static ShapesDataset data;

  @TempDir Path folder;

  @BeforeAll
  static void makeData() {
    data = TinyRun.data(shared);
  }

  private TrainingRun.Outcome run(TrainingRun.Options options, TrainingListener listener) {
    return TrainingRun.run(
        TrainingRunBuilder.like(options).listener(listener).build(), new TinyRun.Console().out);
  }

  @Test
  void everythingIsToldInItsOrder() {
    List<String> told = new ArrayList<>();
    List<IterationLosses> losses = new ArrayList<>();
    TrainingListener all =
        new TrainingListener() {
          @Override
          public void started(Start run) {
            told.add("started %s %s".formatted(run.done(), run.end()));
          }

          @Override
          public void beforeIteration(
              int iteration, UploadedBatches.Batch<ImageBatch, StepFeed> batch) {
            told.add("before %s %s".formatted(iteration, batch.host().count()));
          }

          @Override
          public void losses(IterationLosses step) {
            told.add("losses " + step.iteration());
            losses.add(step);
          }

          @Override
          public void afterIteration(int iteration) {
            told.add("after " + iteration);
          }

          @Override
          public void evaluated(int iteration, Map<String, List<CocoSummary>> summaries) {
            told.add("evaluated %s %s".formatted(iteration, summaries.keySet()));
          }

          @Override
          public void checkpointed(int iteration, Path file) {
            told.add("checkpointed %s %s".formatted(iteration, file.getFileName()));
          }

          @Override
          public void ended(int iteration) {
            told.add("ended " + iteration);
          }
        };
    TrainingRun.Options o = TinyRun.tested(TinyRun.options(data, folder, 3));
    run(TinyRun.with(o, o.config().with("SOLVER.CHECKPOINT_PERIOD", 2)), all);
    assertEquals(
        List.of(
            "started 0 3",
            "before 1 2",
            "losses 1",
            "after 1",
            "before 2 2",
            "losses 2",
            "checkpointed 2 model_0000002.safetensors",
            "after 2",
            "before 3 2",
            "losses 3",
            "after 3",
            "checkpointed 3 model_final.safetensors",
            "ended 3",
            "evaluated 3 [shapes_val]"),
        told);
    List<MetricsRow> rows = MetricsFile.read(folder.resolve("metrics.jsonl"));
    for (int i = 0; i < 3; i++) {
      losses.get(i).losses().forEach((name, v) -> assertTrue(Double.isFinite(v), name));
      assertEquals(rows.get(i).value("loss"), losses.get(i).total());
      assertEquals(rows.get(i).value("lr"), losses.get(i).learningRate());
    }
  }

  /** Ends a run after two iterations. */
  private record Ending(List<StopRequest> stop, boolean goodEnough) implements TrainingListener {
    @Override
    public void started(Start run) {
      stop.add(run.stop());
    }

    @Override
    public void losses(IterationLosses step) {
      if (step.iteration() == 2 && goodEnough) {
        stop.get(0).finish();
      } else if (step.iteration() == 2) {
        stop.get(0).request("a listener");
      }
    }
  }

  @Test
  void aRunThatIsGoodEnoughEndsAsAWholeOne() {
    TrainingRun.Options o = TinyRun.tested(TinyRun.options(data, folder, 9));
    TrainingRun.Outcome outcome = run(o, new Ending(new ArrayList<>(), true));
    assertEquals(2, outcome.iteration());
    assertEquals(Optional.empty(), outcome.stopped());
    assertEquals(Optional.of(Checkpoint.finalFile(folder)), outcome.checkpoint());
    assertEquals(2, outcome.summaries().get("shapes_val").size());
    assertTrue(Files.exists(folder.resolve("report.html")));
  }

  @Test
  void anInterruptedRunCanGoOn() {
    TrainingRun.Options o = TinyRun.tested(TinyRun.options(data, folder, 4));
    TrainingRun.Outcome outcome = run(o, new Ending(new ArrayList<>(), false));
    assertEquals(2, outcome.iteration());
    assertEquals(Optional.of("a listener"), outcome.stopped());
    assertEquals(Optional.of(Checkpoint.file(folder, 2)), outcome.checkpoint());
    assertEquals(Map.of(), outcome.summaries());
    TrainingRun.Options again = TinyRun.controlled(TinyRun.resumed(o), RunControl.none());
    assertEquals(4, run(again, new TrainingListener() {}).iteration());
  }
}

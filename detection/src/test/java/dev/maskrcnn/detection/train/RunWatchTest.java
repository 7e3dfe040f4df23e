package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.data.CocoSource;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.PrefetchLoader;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.engine.UploadedBatches;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.detection.model.Targets;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that are looked into: the hunt for NaN, and files for TensorBoard. */
class RunWatchTest {
  @TempDir static Path shared;
  private static ShapesDataset data;

  @BeforeAll
  static void makeData() {
    data = TinyRun.data(shared);
  }

  private static TrainingRun.Options hunting(TrainingRun.Options o) {
    return TrainingRunBuilder.like(o).detectAnomalies(true).build();
  }

  private static TrainingRun.Outcome run(TrainingRun.Options options) {
    return TrainingRun.run(options, new TinyRun.Console().out);
  }

  @Test
  void aNanInAWeightIsFoundWhereItIsFirstUsed(@TempDir Path folder) {
    TrainingRun.Options good = TinyRun.options(data, folder.resolve("good"), 1);
    Path weights = run(good).checkpoint().orElseThrow();
    SafetensorsFile file = Safetensors.read(weights);
    Map<String, HostTensor> tensors = new LinkedHashMap<>(file.tensors());
    String name = "backbone.body.layer2.0.conv2.weight";
    HostTensor sound = tensors.get(name);
    float[] values = sound.floats();
    values[7] = Float.NaN;
    tensors.put(name, HostTensor.of(values, sound.shape()));
    Path spoilt = folder.resolve("spoilt.safetensors");
    Safetensors.write(spoilt, tensors, Map.of());
    TrainingRun.Options options =
        TinyRun.from(TinyRun.options(data, folder.resolve("run"), 2), spoilt);
    RunException e = assertThrows(RunException.class, () -> run(hunting(options)));
    for (String part :
        List.of(
            "iteration 1 on ",
            ".png",
            "Conv2d",
            "at backbone.body.layer2.0.conv2: output 0",
            "(" + name + ")",
            "has 1 NaN",
            "It came in with input 1")) {
      assertTrue(e.getMessage().contains(part), part + " is not in: " + e.getMessage());
    }
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
  }

  @Test
  void aNanInAnAnnotationIsFoundInItsTarget() {
    try (Session session = Session.open("cpu", TinyRun.config(), 1);
        Sgd sgd = new Sgd(session.model().state(), solver().sgd())) {
      TrainingLoop.Subject subject = new TrainingLoop.Subject(session, sgd, solver(), 1, List.of());
      AnomalyWatch watch = new AnomalyWatch(subject);
      CocoDataset dataset = CocoDataset.load(data.trainAnnotations(), data.trainImages());
      BatchPipeline pipeline = new BatchPipeline(session.config(), session.boxOffset());
      try (PrefetchLoader<ImageBatch> loader =
          pipeline.training(CocoSource.forTraining(dataset, session.boxOffset()), 1, 0, 1)) {
        UploadedBatches<ImageBatch, StepFeed> batches =
            new UploadedBatches<>(
                session.device(),
                loader,
                (batch, number) -> () -> spoilt(StepFeed.upload(session.device(), batch, 1)));
        try (UploadedBatches.Batch<ImageBatch, StepFeed> batch = batches.next()) {
          watch.beforeIteration(7, batch);
          RunException e = assertThrows(RunException.class, () -> losses(session, batch.tensors()));
          for (String part : List.of("iteration 7 on ", "(boxes of the annotations)", "NaN")) {
            assertTrue(e.getMessage().contains(part), part + " is not in: " + e.getMessage());
          }
        }
      }
    }
  }

  private static SolverSettings solver() {
    return SolverSettings.of(TinyRun.config(), OptionalInt.empty());
  }

  private static StepFeed spoilt(StepFeed feed) {
    Targets t = feed.truth();
    Device d = t.boxes().device();
    float[] boxes = t.boxes().toFloats();
    boxes[2] = Float.NaN;
    return new StepFeed(
        feed.input(),
        new Targets(d.of(t.boxes().shape(), boxes), t.counts(), t.labels(), t.masks()),
        feed.group());
  }

  private static void losses(Session session, StepFeed feed) {
    try (Frame frame = session.device().push("test");
        Tape tape = new Tape(session.device())) {
      session
          .model()
          .losses(tape, feed.input(), feed.truth(), new Draw(1, 0, feed.group()), Stages.NONE);
    }
  }

  @Test
  void soundRunsGoThroughTheHunt(@TempDir Path folder) {
    TrainingRun.Options options = TinyRun.options(data, folder, 2);
    assertEquals(2, run(hunting(options)).iteration());
    assertTrue(Files.notExists(folder.resolve("tensorboard")));
  }

  @Test
  void eventsForTensorBoard(@TempDir Path folder) throws IOException {
    TrainingRun.Options options = TinyRun.tested(TinyRun.options(data, folder, 2));
    run(TrainingRunBuilder.like(options).tensorBoard(true).build());
    try (Stream<Path> files = Files.list(folder.resolve("tensorboard"))) {
      Path file = files.findFirst().orElseThrow();
      String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
      for (String tag :
          List.of("loss/total", "loss/mask", "solver/lr", "seconds/time", "bbox/AP", "segm/AP")) {
        assertTrue(bytes.contains(tag), tag);
      }
    }
  }
}

package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.coco.DetectionFile;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.evaluate.EvaluationRun;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.detection.predict.PredictionFiles;
import dev.maskrcnn.detection.voc.VocFolder;
import dev.maskrcnn.detection.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs on Pascal VOC's folders and on plain lists of images. */
class OtherFormatsTest {
  @TempDir private Path folder;
  private final TinyRun.Console console = new TinyRun.Console();

  private TrainingRun.Options options(boolean masks) throws IOException {
    Path root = folder.resolve("VOC");
    VocFolder.write(root);
    Config config = TinyRun.config().with("MODEL.MASK_ON", masks).with("SOLVER.IMS_PER_BATCH", 1);
    DataSources data =
        new DataSources(
            List.of(new DatasetSource.Voc("voc_train", root, "train")),
            List.of(new DatasetSource.Voc("voc_val", root, "val")));
    return new TrainingRunBuilder(config, data, folder).maxSteps(2).seed(7).build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void vocIsTrainedOnAndMeasured(boolean masks) throws IOException {
    TrainingRun.Outcome outcome = TrainingRun.run(options(masks), console.out);
    assertEquals(2, outcome.iteration());
    assertEquals(masks ? 2 : 1, outcome.summaries().get("voc_val").size());
    List<String> result = Files.readAllLines(folder.resolve("inference/voc_val/result.txt"));
    assertEquals(21, result.size());
    assertTrue(result.get(0).matches("mAP: (0\\.\\d{4}|nan)"), result.get(0));
    assertTrue(result.get(15).matches("person          : (0\\.\\d{4}|nan)"), result.get(15));
    assertTrue(console.text().contains("VOC mAP as the challenge's program measures"));

    Path list = folder.resolve("photos.txt");
    Files.writeString(list, "VOC/JPEGImages/b.jpg\n\nVOC/JPEGImages/a.jpg\n");
    EvaluationRun.Options predicted =
        new EvaluationRun.Options(
            TinyRun.config().with("MODEL.MASK_ON", masks),
            "cpu",
            List.of(new DatasetSource.ImageList("photos", list, folder)),
            folder.resolve("out"),
            WeightFile.read(outcome.checkpoint().orElseThrow()),
            false);
    Map<String, List<CocoSummary>> none = EvaluationRun.run(predicted, console.out);
    assertEquals(List.of(), none.get("photos"));
    Path written = folder.resolve("out/inference/photos");
    for (DetectionRecord d : DetectionFile.read(written.resolve("bbox.json"))) {
      assertTrue(d.imageId() == 1 || d.imageId() == 2, "image " + d.imageId());
    }
    assertEquals(masks, Files.exists(written.resolve("segm.json")));
    assertFalse(Files.exists(written.resolve("results.json")));
  }

  @Test
  void listsCannotBeTrainedOnOrMeasured() throws IOException {
    Path list = Files.writeString(folder.resolve("l.txt"), "a.jpg\n");
    DatasetSource photos = new DatasetSource.ImageList("photos", list, folder);
    TrainingRun.Options o = options(false);
    fails(
        TinyRun.on(o, new DataSources(List.of(photos), List.of())),
        "data set photos: is a list of images without objects");
    fails(
        TinyRun.on(o, new DataSources(o.data().train(), List.of(photos))),
        "data set photos: a list of images has no objects to measure against");
  }

  private void fails(TrainingRun.Options options, String message) {
    RunException e = assertThrows(RunException.class, () -> TrainingRun.run(options, console.out));
    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }

  @Test
  void predictTakesListsOfImages() throws IOException {
    Files.createDirectories(folder.resolve("in"));
    Path list = Files.writeString(folder.resolve("in/l.txt"), "x.jpg\nsub/y.png\n");
    List<Path> inputs = PredictionFiles.of(List.of(list), folder.resolve("out")).inputs();
    assertEquals(
        List.of(folder.resolve("in/x.jpg"), folder.resolve("in/sub/y.png")),
        inputs.stream().map(Path::toAbsolutePath).toList());
  }
}

package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.shapes.ShapesConfig;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalAndPredictTest {
  @TempDir private Path temp;

  private final Cli cli = new Cli();
  private ShapesDataset data;
  private Path run;
  private Path weights;

  @BeforeEach
  void makeRun() throws IOException {
    data = ShapesDataset.prepare(temp.resolve("data"), new ShapesConfig(1, 1, 64, 1));
    run = temp.resolve("run");
    Config config =
        BuiltinConfigs.load("shapes_gn")
            .with("DATASETS.TEST", List.of("mine"))
            .with("SOLVER.BASE_LR", 0.25);
    weights = ModelFile.write(run, config);
    Files.writeString(
        run.resolve("datasets.yaml"),
        "mine: {images: %s, annotations: %s}%n".formatted(data.valImages(), data.valAnnotations()));
  }

  @Test
  void aRunKnowsItsSettingsAndData() {
    assertEquals(0, cli.run("eval", "--output-dir", run.toString()), cli::err);
    assertEquals(weights, cli.evaluated.weights().file());
    assertEquals(run, cli.evaluated.outputDir());
    assertEquals(0.25, cli.evaluated.config().number("SOLVER.BASE_LR"));
    assertEquals("mine", cli.evaluated.data().get(0).name());
    assertEquals(data.valImages(), ((DatasetSource.Coco) cli.evaluated.data().get(0)).images());
    assertFalse(cli.evaluated.skipEval());

    assertEquals(0, cli.run("eval", "--weights", run.toString(), "--skip-eval"), cli::err);
    assertEquals(weights, cli.evaluated.weights().file());
    assertEquals(run, cli.evaluated.outputDir());
    assertTrue(cli.evaluated.skipEval());
  }

  @Test
  void resultsMayGoElsewhere() {
    String other = temp.resolve("other").toString();
    int code =
        cli.run(
            "eval",
            "--weights",
            weights.toString(),
            "--output-dir",
            other,
            "TEST.IMS_PER_BATCH",
            "1");
    assertEquals(0, code, cli::err);
    assertEquals(weights, cli.evaluated.weights().file());
    assertEquals(Path.of(other), cli.evaluated.outputDir());
    assertEquals(1, cli.evaluated.config().integer("TEST.IMS_PER_BATCH"));
    assertEquals("mine", cli.evaluated.data().get(0).name());
  }

  @Test
  void aDataSetByItsPaths() {
    int code =
        cli.run(
            "eval",
            "--weights",
            run.toString(),
            "--images",
            data.trainImages().toString(),
            "--annotations",
            data.trainAnnotations().toString());
    assertEquals(0, code, cli::err);
    assertEquals(1, cli.evaluated.data().size());
    assertEquals("instances_train", cli.evaluated.data().get(0).name());
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    cli.fails(List.of("holds no checkpoint", "--weights"), "eval", "--output-dir", temp + "/empty");
    cli.fails(List.of("--weights", "no such file or folder"), "eval", "--weights", temp + "/no");
    String foreign = ModelFile.foreign(temp.resolve("other.safetensors")).toString();
    cli.fails(List.of("other.safetensors", "--config"), "eval", "--weights", foreign);
    String name = "e2e_mask_rcnn_R_50_FPN_1x";
    cli.fails(
        List.of("coco_2017_val", "does not exist"), "eval", "--config", name, "--weights", foreign);
    Path cut = temp.resolve("cut.safetensors");
    Files.write(cut, java.util.Arrays.copyOf(Files.readAllBytes(weights), 100));
    cli.fails(List.of("cut.safetensors", "cut off"), "eval", "--weights", cut.toString());
    Path text = Files.writeString(temp.resolve("text.safetensors"), "hello");
    cli.fails(
        List.of("not a safetensors file"), "predict", temp + "/data/val", "--weights", text + "");
    Files.delete(weights);
    cli.fails(
        List.of("last_checkpoint", "model_0000040.safetensors", "does not exist"),
        "eval",
        "--output-dir",
        run.toString());
    assertNull(cli.evaluated);
    assertNull(cli.predicted);
  }

  @Test
  void predictWatchesFoldersOnly() {
    String folder = data.valImages().toString();
    String[] more = {"--weights", run.toString(), "--watch", "--mask-heatmaps", "3"};
    assertEquals(
        0, cli.run("predict", folder, more[0], more[1], more[2], more[3], more[4]), cli::err);
    assertEquals(3, cli.predicted.drawing().heatMaps());
    assertFalse(cli.predicted.watch().orElseThrow().requested());
    String image = data.valImages().resolve("000001000001.png").toString();
    assertEquals(2, cli.run("predict", image, more[0], more[1], more[2]));
    assertTrue(cli.err().contains("--watch: folders only"), cli::err);
    assertEquals(2, cli.run("predict", folder, more[3], "11"));
    assertTrue(cli.err().contains("--mask-heatmaps: 0 to 10"), cli::err);
  }

  @Test
  void predictTakesImagesAndSettings() {
    int code =
        cli.run(
            "predict",
            data.valImages().toString(),
            "--weights",
            run.toString(),
            "--threshold",
            "0.25",
            "--set",
            "INPUT.MIN_SIZE_TEST=96",
            data.trainImages().toString());
    assertEquals(0, code, cli::err);
    assertEquals(List.of(data.valImages(), data.trainImages()), cli.predicted.inputs());
    assertEquals(run.resolve("predictions"), cli.predicted.outputDir());
    assertEquals(0.25, cli.predicted.drawing().threshold());
    assertEquals(96, cli.predicted.model().config().integer("INPUT.MIN_SIZE_TEST"));
    assertEquals(Optional.empty(), cli.predicted.model().annotations());
  }

  @Test
  void predictNamesWhatIsWrong() {
    cli.fails(
        List.of("nothing.png", "no such image"),
        "predict",
        "nothing.png",
        "--weights",
        run.toString());
    cli.fails(
        List.of("INPUT.MIN_SIZE", "unknown key"),
        "predict",
        data.valImages().toString(),
        "--weights",
        run.toString(),
        "--set",
        "INPUT.MIN_SIZE=96");
    assertNull(cli.predicted);
  }
}

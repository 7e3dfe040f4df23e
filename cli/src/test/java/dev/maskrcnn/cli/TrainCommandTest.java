package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.shapes.ShapesConfig;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {
  @TempDir private Path temp;

  private final Cli cli = new Cli();
  private ShapesDataset data;

  @BeforeEach
  void makeData() {
    data = ShapesDataset.prepare(temp.resolve("data"), new ShapesConfig(2, 1, 64, 1));
  }

  private String out() {
    return temp.resolve("out").toString();
  }

  @Test
  void theDefaultMakesItsDataSet() {
    assertEquals(0, cli.run("train", "--output-dir", out()), cli::err);
    assertEquals("R-50-FPN", cli.trained.config().text("MODEL.BACKBONE.CONV_BODY"));
    assertEquals(7, cli.trained.config().integer("MODEL.ROI_BOX_HEAD.NUM_CLASSES"));
    DatasetSource.Coco train = (DatasetSource.Coco) cli.trained.data().train().get(0);
    assertEquals("shapes_train", train.name());
    assertTrue(Files.isRegularFile(train.annotations()));
    assertEquals("shapes_val", cli.trained.data().val().get(0).name());
    assertEquals(Path.of(out()), cli.trained.outputDir());
    assertEquals("cpu", cli.trained.device().name());
    assertEquals(1, cli.trained.start().seed());
    assertEquals(OptionalInt.empty(), cli.trained.extent().maxSteps());
    assertEquals(Optional.empty(), cli.trained.start().weights());
    assertFalse(cli.trained.start().resume());
    assertTrue(cli.trained.extent().evaluate());
    assertTrue(Files.isRegularFile(temp.resolve("out/datasets.yaml")));
  }

  @Test
  void graphsAreForCudaDevices() {
    assertEquals(1, cli.run("train", "--output-dir", out(), "--cuda-graphs", "on"));
    assertTrue(cli.err().contains("--cuda-graphs on: device cpu has none"), cli.err());
    assertNull(cli.trained);
    String[] cuda = {"train", "--output-dir", out(), "--device", "cuda:1", "--cuda-graphs", "on"};
    assertEquals(0, cli.run(cuda), cli::err);
    assertEquals("cuda:1", cli.trained.device().name());
  }

  @Test
  void ownDataAndOverridesInAnyOrder() {
    int code =
        cli.run(
            "train",
            "SOLVER.BASE_LR",
            "0.5",
            "--output-dir",
            out(),
            "MODEL.RPN.STRADDLE_THRESH",
            "-1",
            "--max-steps=3",
            "--val-images",
            data.valImages().toString(),
            "--train-annotations",
            data.trainAnnotations().toString(),
            "--val-annotations",
            data.valAnnotations().toString(),
            "--train-images",
            data.trainImages().toString(),
            "--seed",
            "9",
            "--skip-test",
            "MODEL.MASK_ON",
            "false");
    assertEquals(0, code, cli::err);
    Config config = cli.trained.config();
    assertEquals(0.5, config.number("SOLVER.BASE_LR"));
    assertEquals(-1, config.integer("MODEL.RPN.STRADDLE_THRESH"));
    assertFalse(config.flag("MODEL.MASK_ON"));
    assertEquals(List.of("instances_train"), config.texts("DATASETS.TRAIN"));
    assertEquals(List.of("instances_val"), config.texts("DATASETS.TEST"));
    assertEquals(data.valImages(), ((DatasetSource.Coco) cli.trained.data().val().get(0)).images());
    assertEquals(OptionalInt.of(3), cli.trained.extent().maxSteps());
    assertEquals(9, cli.trained.start().seed());
    assertFalse(cli.trained.extent().evaluate());
    assertTrue(cli.err().startsWith("maskrcnn: note: without --config"), cli.err());
  }

  @Test
  void filesOfTheSameNameAreToldApart() throws IOException {
    Path train = Files.createDirectories(temp.resolve("t")).resolve("data.json");
    Path val = Files.createDirectories(temp.resolve("v")).resolve("data.json");
    Files.copy(data.trainAnnotations(), train);
    Files.copy(data.valAnnotations(), val);
    int code =
        cli.run(
            "train",
            "--output-dir",
            out(),
            "--train-images",
            data.trainImages().toString(),
            "--train-annotations",
            train.toString(),
            "--val-images",
            data.valImages().toString(),
            "--val-annotations",
            val.toString());
    assertEquals(0, code, cli::err);
    assertEquals(List.of("data"), cli.trained.config().texts("DATASETS.TRAIN"));
    assertEquals(List.of("data_val"), cli.trained.config().texts("DATASETS.TEST"));
  }

  @Test
  void namesComeFromACatalog() throws IOException {
    Path catalog = temp.resolve("catalog.yaml");
    Files.writeString(
        catalog, "mine: {images: data/train, annotations: data/instances_train.json}\n");
    int code =
        cli.run(
            "train",
            "--config",
            "e2e_mask_rcnn_R_50_FPN_1x",
            "--catalog",
            catalog.toString(),
            "--output-dir",
            out(),
            "DATASETS.TRAIN",
            "('mine',)",
            "DATASETS.TEST",
            "()");
    assertEquals(0, code, cli::err);
    DatasetSource.Coco source = (DatasetSource.Coco) cli.trained.data().train().get(0);
    assertTrue(Files.isSameFile(trainImages(), data.trainImages()));
    assertEquals("mine", source.name());
    assertEquals(
        Optional.empty(), cli.trained.start().weights(), "downloaded by the run, not before");
  }

  @Test
  void resumingTakesSettingsSeedAndDataFromTheRun() throws IOException {
    Path folder = temp.resolve("out");
    assertEquals(
        0,
        cli.run(
            "train",
            "--output-dir",
            out(),
            "--train-images",
            data.trainImages().toString(),
            "--train-annotations",
            data.trainAnnotations().toString(),
            "SOLVER.BASE_LR",
            "0.125"),
        cli::err);
    ModelFile.write(folder, cli.trained.config());
    assertEquals(0, cli.run("train", "--resume", "--output-dir", out()), cli::err);
    assertEquals(0.125, cli.trained.config().number("SOLVER.BASE_LR"));
    assertEquals(5, cli.trained.start().seed());
    assertTrue(cli.trained.start().resume());
    assertEquals("instances_train", cli.trained.data().train().get(0).name());
    assertTrue(Files.isSameFile(trainImages(), data.trainImages()));
  }

  @Test
  void resumingNothingIsAnErrorUnlessTheRunIsNamedInFull() {
    cli.fails(
        List.of(out(), "no checkpoint", "--output-dir"),
        "train",
        "--resume",
        "--output-dir",
        out());
    assertFalse(Files.exists(Path.of(out())));
    assertEquals(
        0, cli.run("train", "--resume", "--config", "shapes_gn", "--output-dir", out()), cli::err);
    assertTrue(cli.err().contains("starts anew"), cli.err());
  }

  @Test
  void missingCatalogIsOneLine() {
    cli.fails(
        List.of("--catalog", "nothing.yaml"),
        "train",
        "--output-dir",
        out(),
        "--catalog",
        "nothing.yaml");
  }

  @Test
  void whatTheUserGotWrongIsOneLine() throws IOException {
    String images = data.trainImages().toString();
    String annotations = data.trainAnnotations().toString();
    cli.fails(
        List.of("SOLVER.BASE_LRR", "did you mean SOLVER.BASE_LR?"),
        "train",
        "--output-dir",
        out(),
        "SOLVER.BASE_LRR",
        "1");
    cli.fails(
        List.of("SOLVER.MAX_ITER", "many"),
        "train",
        "--output-dir",
        out(),
        "SOLVER.MAX_ITER",
        "many");
    cli.fails(
        List.of("KEY VALUE", "SOLVER.MAX_ITER=3"),
        "train",
        "--output-dir",
        out(),
        "SOLVER.MAX_ITER=3");
    cli.fails(
        List.of("e2e_mask_rcnn_R_50_FPN_1y", "e2e_mask_rcnn_R_50_FPN_1x"),
        "train",
        "--config",
        "e2e_mask_rcnn_R_50_FPN_1y",
        "--output-dir",
        out());
    cli.fails(
        List.of("nowhere", "does not exist"),
        "train",
        "--output-dir",
        out(),
        "--train-images",
        "nowhere",
        "--train-annotations",
        annotations);
    cli.fails(
        List.of("nothing.json", "does not exist"),
        "train",
        "--output-dir",
        out(),
        "--train-images",
        images,
        "--train-annotations",
        "nothing.json");
    cli.fails(
        List.of("coco_2017_trian", "did you mean coco_2017_train?"),
        "train",
        "--output-dir",
        out(),
        "DATASETS.TRAIN",
        "('coco_2017_trian',)");
    cli.fails(
        List.of("voc_2007_train", "folder /datasets/data/VOC2007 does not exist"),
        "train",
        "--output-dir",
        out(),
        "DATASETS.TRAIN",
        "('voc_2007_train',)");
    cli.fails(
        List.of("DATASETS.TRAIN", "names no data set"),
        "train",
        "--output-dir",
        out(),
        "DATASETS.TRAIN",
        "()");
    cli.fails(
        List.of("--weights", "no such file", "none.safetensors"),
        "train",
        "--output-dir",
        out(),
        "--weights",
        "none.safetensors");
    cli.fails(
        List.of("no such file", "none.safetensors", "command line"),
        "train",
        "--output-dir",
        out(),
        "MODEL.WEIGHT",
        "none.safetensors");
    assertNull(cli.trained);
    assertFalse(Files.exists(Path.of(out())), "a failed command left its folder");
    Path file = Files.writeString(temp.resolve("file"), "");
    cli.fails(
        List.of("output folder", "cannot be written"),
        "train",
        "--output-dir",
        file.resolve("below").toString());
    assertNull(cli.trained);
  }

  @Test
  void weightsMayComeFromTheNetwork() {
    String name = "catalog://ImageNetPretrained/MSRA/R-50";
    assertEquals(0, cli.run("train", "--output-dir", out(), "--weights", name), cli::err);
    assertEquals(name, cli.trained.config().text("MODEL.WEIGHT"));
    assertEquals(Optional.empty(), cli.trained.start().weights());
    String wrong = "catalog://ImageNetPretrained/R-50";
    cli.fails(
        List.of(wrong, "not in the catalog", name),
        "train",
        "--output-dir",
        out(),
        "MODEL.WEIGHT",
        wrong);
  }

  @Test
  void whatTheRunThrowsIsReportedByKind() {
    cli.failure = new RunException("loss is not finite\nat iteration 3");
    cli.fails(List.of("loss is not finite at iteration 3"), "train", "--output-dir", out());
    assertEquals(1, cli.run("--debug", "train", "--output-dir", out()));
    assertTrue(cli.err().contains("at dev.maskrcnn.cli.TrainCommand"), cli.err());
    cli.failure = new IllegalStateException("oops");
    assertEquals(70, cli.run("train", "--output-dir", out()));
    assertTrue(cli.err().contains("IllegalStateException: oops"), cli.err());
    assertTrue(cli.err().contains("please report"), cli.err());
  }

  private Path trainImages() {
    return ((DatasetSource.Coco) cli.trained.data().train().get(0)).images();
  }
}

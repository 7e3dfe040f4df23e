package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.shapes.ShapesConfig;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The switches of the original's {@code train_net.py} and {@code test_net.py}, as it spells them.
 */
class OriginalSwitchesTest {
  @TempDir private Path temp;

  private final Cli cli = new Cli();
  private List<String> data;
  private ShapesDataset shapes;

  @BeforeEach
  void makeData() {
    shapes = ShapesDataset.prepare(temp.resolve("data"), new ShapesConfig(2, 1, 64, 1));
    data =
        List.of(
            "--output-dir",
            temp.resolve("out").toString(),
            "--train-images",
            shapes.trainImages().toString(),
            "--train-annotations",
            shapes.trainAnnotations().toString());
  }

  private int train(String... words) {
    List<String> all = new ArrayList<>(List.of("train"));
    all.addAll(data);
    all.addAll(Arrays.asList(words));
    return cli.run(all.toArray(String[]::new));
  }

  @Test
  void trainSwitches() {
    String json = temp.resolve("dllogger.out").toString();
    assertEquals(
        0,
        train(
            "--config-file",
            "configs/e2e_mask_rcnn_R_50_FPN_1x.yaml",
            "--max_steps",
            "5",
            "--skip-test",
            "--skip_checkpoint",
            "--amp",
            "--json-summary",
            json,
            "MODEL.WEIGHT",
            "",
            "SOLVER.BASE_LR",
            "0.04"),
        cli::err);
    Config config = cli.trained.config();
    assertEquals(OptionalInt.of(5), cli.trained.extent().maxSteps());
    assertFalse(config.flag("SAVE_CHECKPOINT"));
    assertEquals("float16", config.text("DTYPE"));
    assertEquals(Optional.of(Path.of(json)), cli.trained.watch().control().jsonSummary());
    assertEquals("configs/e2e_mask_rcnn_R_50_FPN_1x.yaml", cli.trained.watch().control().recipe());
    assertFalse(cli.trained.watch().control().dllLines());
    assertEquals(0, train("--fp16", "--dllogger"));
    assertEquals("float16", cli.trained.config().text("DTYPE"));
    assertTrue(cli.trained.watch().control().dllLines());
  }

  @Test
  void evalSwitches() throws IOException {
    ModelFile.write(temp.resolve("out"), BuiltinConfigs.load("shapes_gn"));
    String[] words = {
      "eval",
      "--weights",
      temp.resolve("out").toString(),
      "--images",
      shapes.valImages().toString(),
      "--annotations",
      shapes.valAnnotations().toString(),
      "--skip-eval",
      "--fp16",
      "--infer_steps",
      "3",
      "--original-latency"
    };
    assertEquals(0, cli.run(words), cli::err);
    assertTrue(cli.evaluated.skipEval());
    assertEquals("float16", cli.evaluated.config().text("DTYPE"));
    assertEquals(OptionalInt.of(3), cli.evaluated.measure().batches());
    assertTrue(cli.evaluated.measure().originalLatency());
    words[10] = "-1";
    assertEquals(0, cli.run(words), cli::err);
    assertEquals(OptionalInt.empty(), cli.evaluated.measure().batches());
    words[10] = "0";
    assertEquals(2, cli.run(words));
  }

  @Test
  void aStoppedTrainingHasTheExitCodeOfItsSignal() {
    cli.stopped = Optional.of("SIGINT");
    assertEquals(130, train());
    assertTrue(cli.out().contains("next: maskrcnn train --resume --output-dir "), cli.out());
    cli.stopped = Optional.of("SIGTERM");
    assertEquals(143, train());
    cli.stopped = Optional.of("SIGHUP");
    assertEquals(129, train());
  }

  @Test
  void aBatchThatIsNotTheRecipesGetsAHint() {
    assertEquals(0, train("--config", "e2e_mask_rcnn_R_50_FPN_1x", "MODEL.WEIGHT", ""));
    assertFalse(cli.err().contains("linear rule"), cli.err());
    String[] small = {
      "--config", "e2e_mask_rcnn_R_50_FPN_1x", "MODEL.WEIGHT", "", "SOLVER.IMS_PER_BATCH", "8"
    };
    assertEquals(0, train(small));
    // 96 images, rate 0.12, 16667 iterations, steps 12000 and 16000: a twelfth of the batch.
    assertTrue(
        cli.err()
            .contains(
                "note: 8 images per update, but the recipe's SOLVER.BASE_LR 0.12 is for 96; the"
                    + " linear rule gives SOLVER.BASE_LR 0.01 SOLVER.MAX_ITER 200004"
                    + " SOLVER.STEPS \"(144000, 192000,)\""),
        cli.err());
    List<String> chosen = new ArrayList<>(Arrays.asList(small));
    chosen.addAll(List.of("SOLVER.BASE_LR", "0.01"));
    assertEquals(0, train(chosen.toArray(String[]::new)));
    assertFalse(cli.err().contains("linear rule"), cli.err());
    // Twelve times eight images make an update as large as the recipe's.
    List<String> accumulated = new ArrayList<>(Arrays.asList(small));
    accumulated.addAll(List.of("SOLVER.ACCUMULATE_GRAD", "True", "SOLVER.ACCUMULATE_STEPS", "12"));
    assertEquals(0, train(accumulated.toArray(String[]::new)));
    assertFalse(cli.err().contains("linear rule"), cli.err());
  }
}

package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.ModelSettings;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every recipe that comes with the program is built as it is, and with a fraction of its widths
 * trains two steps and evaluates; among them the twelve that the original cannot construct.
 */
class EveryRecipeTest {
  @TempDir static Path shared;
  private static ShapesDataset data;

  @BeforeAll
  static void makeData() {
    data = TinyRun.data(shared);
  }

  static List<String> recipes() {
    return BuiltinConfigs.names();
  }

  /** Widths of a few channels and images of 64 pixels; everything else is the recipe's. */
  private static Config tiny(Config recipe) {
    String body = recipe.text("MODEL.BACKBONE.CONV_BODY");
    boolean grouped = recipe.integer("MODEL.RESNETS.NUM_GROUPS") > 1;
    List<String> changes = new ArrayList<>();
    set(changes, "MODEL.RESNETS.STEM_OUT_CHANNELS", "8");
    set(changes, "MODEL.RESNETS.RES2_OUT_CHANNELS", "16");
    set(changes, "MODEL.RESNETS.WIDTH_PER_GROUP", grouped ? "1" : "4");
    set(changes, "MODEL.BACKBONE.OUT_CHANNELS", body.endsWith("FPN") ? "16" : "64");
    set(changes, "MODEL.GROUP_NORM.NUM_GROUPS", "4");
    set(changes, "MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM", "32");
    set(changes, "MODEL.ROI_BOX_HEAD.CONV_HEAD_DIM", "16");
    set(changes, "MODEL.ROI_MASK_HEAD.CONV_LAYERS", "(16, 16, 16, 16)");
    set(changes, "MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE", "16");
    set(changes, "MODEL.RPN.PRE_NMS_TOP_N_TEST", "20");
    set(changes, "MODEL.RPN.PRE_NMS_TOP_N_TRAIN", "40");
    for (String mode : List.of("TRAIN", "TEST")) {
      set(changes, "INPUT.MIN_SIZE_" + mode, "64");
      set(changes, "INPUT.MAX_SIZE_" + mode, "64");
    }
    set(changes, "MODEL.WEIGHT", "''"); // tests use no network
    set(changes, "SOLVER.IMS_PER_BATCH", "2");
    set(changes, "TEST.IMS_PER_BATCH", "3");
    // Random weights behind frozen norms: with the recipe's rate the second loss is not finite.
    set(changes, "SOLVER.BASE_LR", "0.000001");
    return recipe.merge(changes);
  }

  private static void set(List<String> changes, String key, String value) {
    changes.add(key);
    changes.add(value);
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void trainsAndEvaluates(String name, @TempDir Path folder) {
    Config recipe = BuiltinConfigs.load(name);
    ModelSettings.of(recipe, Conventions.MASKRCNN_BENCHMARK);
    TinyRun.Console console = new TinyRun.Console();
    TrainingRun.Options options =
        TinyRun.tested(TinyRun.with(TinyRun.options(data, folder, 2), tiny(recipe)));
    TrainingRun.Outcome outcome = TrainingRun.run(options, console.out);
    assertEquals(2, outcome.iteration(), console.text());
    Path results = folder.resolve("inference/shapes_val");
    assertTrue(Files.exists(results.resolve("results.json")), console.text());
    boolean alone = recipe.flag("MODEL.RPN_ONLY");
    boolean masks = recipe.flag("MODEL.MASK_ON");
    assertEquals(alone, Files.exists(results.resolve("box_proposals.json")));
    assertEquals(masks, Files.exists(results.resolve("segm.json")));
    assertFalse(console.text().contains("Exception"), console.text());
    assertTrue(!alone || console.text().contains("AR@100 "), console.text());
  }
}

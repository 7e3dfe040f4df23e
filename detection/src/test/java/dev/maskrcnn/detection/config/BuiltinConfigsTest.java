package dev.maskrcnn.detection.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuiltinConfigsTest {
  private static final String LEVELS = "(0.25, 0.125, 0.0625, 0.03125)";

  /** Blocks of appendix A as words of a command line. */
  private static final Map<String, List<String>> BLOCKS =
      Map.of(
          "F",
          pairs(
              "MODEL.BACKBONE.OUT_CHANNELS=256",
              "MODEL.RPN.USE_FPN=True",
              "MODEL.RPN.ANCHOR_STRIDE=(4,8,16,32,64)",
              "MODEL.RPN.PRE_NMS_TOP_N_TRAIN=2000",
              "MODEL.RPN.PRE_NMS_TOP_N_TEST=1000",
              "MODEL.RPN.FPN_POST_NMS_TOP_N_TEST=1000",
              "MODEL.ROI_HEADS.USE_FPN=True",
              "MODEL.ROI_BOX_HEAD.POOLER_RESOLUTION=7",
              "MODEL.ROI_BOX_HEAD.POOLER_SCALES=" + LEVELS,
              "MODEL.ROI_BOX_HEAD.POOLER_SAMPLING_RATIO=2",
              "MODEL.ROI_BOX_HEAD.FEATURE_EXTRACTOR=FPN2MLPFeatureExtractor",
              "MODEL.ROI_BOX_HEAD.PREDICTOR=FPNPredictor",
              "DATALOADER.SIZE_DIVISIBILITY=32"),
          "M",
          pairs(
              "MODEL.MASK_ON=True",
              "MODEL.ROI_MASK_HEAD.POOLER_SCALES=" + LEVELS,
              "MODEL.ROI_MASK_HEAD.FEATURE_EXTRACTOR=MaskRCNNFPNFeatureExtractor",
              "MODEL.ROI_MASK_HEAD.POOLER_SAMPLING_RATIO=2",
              "MODEL.ROI_MASK_HEAD.RESOLUTION=28",
              "MODEL.ROI_MASK_HEAD.SHARE_BOX_FEATURE_EXTRACTOR=False"),
          "G",
          // The last one is our correction of the original.
          pairs(
              "MODEL.RESNETS.TRANS_FUNC=BottleneckWithGN",
              "MODEL.RESNETS.STEM_FUNC=StemWithGN",
              "MODEL.FPN.USE_GN=True",
              "MODEL.ROI_BOX_HEAD.USE_GN=True",
              "MODEL.RESNETS.STRIDE_IN_1X1=False"),
          "X",
          pairs(
              "MODEL.RESNETS.STRIDE_IN_1X1=False",
              "MODEL.RESNETS.NUM_GROUPS=32",
              "MODEL.RESNETS.WIDTH_PER_GROUP=8"),
          "Q",
          pairs(
              "INPUT.MIN_SIZE_TRAIN=600",
              "INPUT.MAX_SIZE_TRAIN=1000",
              "INPUT.MIN_SIZE_TEST=800",
              "INPUT.MAX_SIZE_TEST=1000",
              "SOLVER.BASE_LR=.005",
              "SOLVER.STEPS=(1500,)",
              "SOLVER.MAX_ITER=2000",
              "TEST.IMS_PER_BATCH=2"),
          "W",
          pairs("SOLVER.WEIGHT_DECAY=1e-4"));

  @TempDir Path folder;

  private static List<String> pairs(String... assignments) {
    List<String> words = new ArrayList<>();
    for (String assignment : assignments) {
      int equals = assignment.indexOf('=');
      words.add(assignment.substring(0, equals));
      words.add(assignment.substring(equals + 1));
    }
    return words;
  }

  /** Every recipe against the table of differences taken by machine from the original. */
  @Test
  void everyOriginalFile() throws IOException {
    List<String> seen = new ArrayList<>(List.of("nuclei_gn", "shapes_gn"));
    for (String line : ConfigTest.resource("original_yamls.tsv").lines().skip(1).toList()) {
      String[] columns = line.split("\t");
      Config expected = Config.defaults();
      for (String block : columns[1].replaceAll("\\(.*\\)", "").split(" ")) {
        expected = expected.merge(BLOCKS.getOrDefault(block, List.of()));
      }
      if (columns[1].contains("(except ")) {
        expected = expected.merge(pairs(full(columns[1].replaceAll(".*\\(except |\\).*", ""))));
      }
      for (String difference : columns[2].split("; ")) {
        expected = expected.merge(pairs(full(difference)));
      }
      Config got = BuiltinConfigs.load(columns[0]);
      assertEquals(expected.toYaml(), got.toYaml(), columns[0]);
      assertEquals(expected, got, columns[0]);
      seen.add(columns[0].replace(".yaml", ""));
    }
    assertEquals(44, seen.size());
    assertEquals(seen.stream().sorted().toList(), BuiltinConfigs.names());
  }

  private static String full(String assignment) {
    return assignment.matches("(DATASETS|DATALOADER|INPUT|SOLVER|TEST|PATHS_CATALOG)\\b.*")
        ? assignment
        : "MODEL." + assignment;
  }

  @Test
  void theMainRecipe() {
    Config cfg = BuiltinConfigs.load("e2e_mask_rcnn_R_50_FPN_1x");
    assertEquals(0.12, cfg.number("SOLVER.BASE_LR"));
    assertArrayEquals(new int[] {12000, 16000}, cfg.integers("SOLVER.STEPS"));
    assertEquals(16667, cfg.integer("SOLVER.MAX_ITER"));
    assertEquals(96, cfg.integer("SOLVER.IMS_PER_BATCH"));
    assertEquals("linear", cfg.text("SOLVER.WARMUP_METHOD"));
    assertEquals(12000, cfg.integer("MODEL.RPN.FPN_POST_NMS_TOP_N_TRAIN"));
    assertEquals(1e-4, cfg.number("SOLVER.WEIGHT_DECAY"));
    assertEquals(List.of("coco_2017_train"), cfg.texts("DATASETS.TRAIN"));
    assertTrue(
        cfg.origin("SOLVER.BASE_LR")
            .toString()
            .startsWith("built-in e2e_mask_rcnn_R_50_FPN_1x.yaml:"));
    assertEquals(
        28,
        BuiltinConfigs.load("scratch_e2e_mask_rcnn_R_50_FPN_3x_gn")
            .integer("MODEL.ROI_MASK_HEAD.RESOLUTION"));
  }

  @Test
  void theSmallRecipeIsConsistent() {
    Config cfg = BuiltinConfigs.load("shapes_gn");
    int groups = cfg.integer("MODEL.GROUP_NORM.NUM_GROUPS");
    for (String width :
        List.of(
            "MODEL.RESNETS.STEM_OUT_CHANNELS",
            "MODEL.RESNETS.RES2_OUT_CHANNELS",
            "MODEL.RESNETS.WIDTH_PER_GROUP",
            "MODEL.BACKBONE.OUT_CHANNELS",
            "MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM")) {
      assertEquals(0, cfg.integer(width) % groups, width);
    }
    assertEquals(
        cfg.integers("MODEL.RPN.ANCHOR_STRIDE").length,
        cfg.integers("MODEL.RPN.ANCHOR_SIZES").length);
    assertEquals("cpu", cfg.text("MODEL.DEVICE"));
    assertEquals("", cfg.text("MODEL.WEIGHT"));
    assertEquals(0, cfg.integer("MODEL.BACKBONE.FREEZE_CONV_BODY_AT"));
  }

  @Test
  void namesAreForgiving() throws IOException {
    Config gn = BuiltinConfigs.load("gn_baselines/scratch_e2e_mask_rcnn_R_50_FPN_3x_gn");
    assertEquals(gn, BuiltinConfigs.load("scratch_e2e_mask_rcnn_R_50_FPN_3x_gn.yaml"));
    assertEquals(
        gn, BuiltinConfigs.load("configs/gn_baselines/scratch_e2e_mask_rcnn_R_50_FPN_3x_gn.yaml"));
    Path file = folder.resolve("mine.yaml");
    Files.writeString(file, gn.toYaml());
    assertEquals(gn, BuiltinConfigs.load(file.toString()));
    assertTrue(
        BuiltinConfigs.text("e2e_mask_rcnn_R_50_FPN_1x_gn").contains("# Missing in NVIDIA's file"));
  }

  @Test
  void unknownAndAmbiguousNames() {
    assertEquals(
        "configuration \"e2e_mask_rcnn_R_50_FPN_2x\": no such file or built-in recipe; did you mean"
            + " ci/e2e_mask_rcnn_R_50_FPN_1x or e2e_mask_rcnn_R_50_FPN_1x?",
        refused("e2e_mask_rcnn_R_50_FPN_2x"));
    assertEquals(
        "configuration \"e2e_mask_rcnn_R_50_FPN_1x_cocostyle\": 2 built-in recipes have this name;"
            + " write cityscapes/e2e_mask_rcnn_R_50_FPN_1x_cocostyle or"
            + " pascal_voc/e2e_mask_rcnn_R_50_FPN_1x_cocostyle",
        refused("e2e_mask_rcnn_R_50_FPN_1x_cocostyle"));
    refused("");
    refused("a\u0000b");
  }

  private static String refused(String name) {
    return assertThrows(ConfigException.class, () -> BuiltinConfigs.load(name)).getMessage();
  }

  /** The index lists what is there. */
  @Test
  void indexIsComplete() throws IOException, URISyntaxException {
    Path root = Path.of(BuiltinConfigs.class.getResource("index.txt").toURI()).getParent();
    try (Stream<Path> files = Files.walk(root)) {
      List<String> found =
          files
              .map(p -> root.relativize(p).toString().replace('\\', '/'))
              .filter(p -> p.endsWith(".yaml") && !p.startsWith("catalog/"))
              .map(p -> p.replace(".yaml", ""))
              .sorted()
              .toList();
      assertEquals(found, BuiltinConfigs.names());
    }
  }
}

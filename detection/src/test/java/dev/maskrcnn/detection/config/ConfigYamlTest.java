package dev.maskrcnn.detection.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Printing and reading back, damaged files, and the recorded configurations. */
class ConfigYamlTest {

  @Test
  void printsAsYacsDoes() {
    String text = Config.defaults().toYaml();
    assertTrue(
        text.startsWith(
            "DATALOADER:\n  ASPECT_RATIO_GROUPING: True\n  HYBRID: True\n  NUM_WORKERS: 4\n"),
        text);
    for (String line :
        List.of(
            "    ANCHOR_SIZES: (32, 64, 128, 256, 512)",
            "    ANCHOR_STRIDE: (16,)",
            "    EPSILON: 1e-05",
            "    CONV_BODY: R-50-C4",
            "  PIXEL_MEAN: [102.9801, 115.9465, 122.7717]",
            "  WARMUP_FACTOR: 0.3333333333333333",
            "  EXPECTED_RESULTS: []",
            "OUTPUT_DIR: .")) {
      assertTrue(text.lines().anyMatch(line::equals), line);
    }
    // A line for each key and each section.
    Set<String> names = new HashSet<>();
    for (ConfigKey key : Config.keys()) {
      for (int dot = 0; dot >= 0; dot = key.name().indexOf('.', dot + 1)) {
        names.add(dot == 0 ? key.name() : key.name().substring(0, dot));
      }
    }
    assertEquals(names.size(), text.lines().count());
    assertEquals(Config.defaults(), Config.defaults().mergeYaml(text, "printed"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "7",
        "'7'",
        "None",
        "True",
        "true",
        "yes",
        "null",
        "~",
        "1e5",
        "a: b",
        "a #b",
        "#",
        "- a",
        "it's",
        "\"x\"",
        "a\"b'c",
        "x\\n",
        "tab\t",
        "new\nline",
        "catalog://A/B",
        "C:\\d",
        "(1, 2)",
        "(a)",
        "[a",
        "{a}",
        "é😀",
        "\u2028",
        "\u0085",
        "\ud800",
        "@a",
        "%a",
        "a:",
        "a ",
        "2020-01-01",
        "1:30",
        "=",
        "<<",
        "...",
        "---",
        ".",
        "*a",
        "&a",
        "!a",
        "0x10",
        "0o17"
      })
  void anyStringReadsBack(String text) {
    Config cfg =
        Config.defaults()
            .with("OUTPUT_DIR", text)
            .with("DATASETS.TRAIN", List.of(text, "x"))
            .with("DATASETS.TEST", List.of(text))
            .with("TEST.EXPECTED_RESULTS", List.of(List.of(text, 1, List.of(0.5, 1e-7))));
    Config again = Config.defaults().mergeYaml(cfg.toYaml(), "printed");
    assertEquals(cfg, again, cfg.changesToYaml());
    assertEquals(text, again.text("OUTPUT_DIR"));
  }

  @Test
  void anyNumberReadsBack() {
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      double a = Math.abs(Double.longBitsToDouble(random.nextLong()));
      a = Double.isFinite(a) && a > 0 ? a : Double.MIN_VALUE;
      double b = Math.abs(random.nextGaussian()) * 1e-6;
      Config cfg =
          Config.defaults()
              .with("SOLVER.BASE_LR", a)
              .with("SOLVER.GAMMA", b)
              .with("MODEL.RPN.ASPECT_RATIOS", new double[] {a, b})
              .with("INPUT.PIXEL_MEAN", new double[] {-b, a, 1})
              .with("SOLVER.MAX_ITER", random.nextInt(Integer.MAX_VALUE));
      assertEquals(cfg, Config.defaults().mergeYaml(cfg.toYaml(), "p"), cfg.changesToYaml());
    }
  }

  @Test
  void numbersAreFinite() {
    for (double value : new double[] {Double.NaN, Double.NEGATIVE_INFINITY, 1 / 0.0}) {
      assertThrows(
          ConfigException.class,
          () -> Config.defaults().with("INPUT.PIXEL_MEAN", new double[] {value, 0, 0}));
    }
  }

  /** Damaged files end in a message, never in another exception. */
  @Test
  void damagedFiles() {
    byte[] good =
        BuiltinConfigs.text("gn_baselines/e2e_mask_rcnn_R_50_FPN_1x_gn")
            .getBytes(StandardCharsets.UTF_8);
    Random random = new Random(9);
    String marks = "{}[]()'\":,#&*!|>-?%@`\t\n .0aZ<=~\\\u0000\u0085\ufffe";
    for (int i = 0; i < 5000; i++) {
      StringBuilder text = new StringBuilder(new String(good, StandardCharsets.UTF_8));
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        int at = random.nextInt(text.length());
        char mark = marks.charAt(random.nextInt(marks.length()));
        switch (random.nextInt(3)) {
          case 0 -> text.setCharAt(at, mark);
          case 1 -> text.insert(at, mark);
          default -> text.delete(at, Math.min(text.length() - 1, at + random.nextInt(20)));
        }
      }
      try {
        Config.defaults().mergeYaml(text.toString(), "f");
      } catch (ConfigException e) {
        assertFalse(e.getMessage().matches("(?s).*\\R.*"), e.getMessage());
      }
    }
  }

  @Test
  void recordedConfigurations() throws IOException {
    Path goldens = TestData.path("goldens");
    List<Path> files;
    try (Stream<Path> all = Files.walk(goldens)) {
      files = all.filter(p -> p.endsWith("config.yaml")).sorted().toList();
    }
    assertEquals(8, files.size());
    for (Path file : files) {
      if (file.toString().contains("detectron2")) {
        String message =
            assertThrows(ConfigException.class, () -> Config.defaults().merge(file)).getMessage();
        assertTrue(
            message.startsWith("MODEL.BACKBONE.NAME: unknown key in " + file + ":3"), message);
        continue;
      }
      Config cfg = Config.defaults().merge(file);
      assertEquals(8, cfg.integer("MODEL.RESNETS.STEM_OUT_CHANNELS"), file.toString());
      assertArrayEquals(new int[] {4}, cfg.integers("SOLVER.STEPS"));
      assertEquals(cfg, Config.defaults().mergeYaml(cfg.toYaml(), "printed"));
    }
    Config faster = Config.defaults().merge(goldens.resolve("02_faster_r50_fpn/config.yaml"));
    assertArrayEquals(
        new double[] {8, 8, 4, 4}, faster.numbers("MODEL.ROI_HEADS.BBOX_REG_WEIGHTS"));
    assertEquals(3, faster.number("SOLVER.BIAS_LR_FACTOR"));
  }
}

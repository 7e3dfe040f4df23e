package dev.maskrcnn.detection.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {
  @TempDir Path folder;

  private static Config cli(String... words) {
    return Config.defaults().merge(List.of(words));
  }

  private static String refused(Executable what) {
    String message = assertThrows(ConfigException.class, what).getMessage();
    assertFalse(message.contains("\n"), message);
    return message;
  }

  static String resource(String name) throws IOException {
    try (var in = ConfigTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** A resource of lines with a key and its default. */
  private static Map<String, String> table(String name) throws IOException {
    Map<String, String> out = new TreeMap<>();
    for (String line : resource(name).lines().filter(l -> !l.startsWith("#")).toList()) {
      out.put(line.split("\t")[0], line.split("\t")[1]);
    }
    return out;
  }

  @Test
  void defaultsAreTheOriginals() throws IOException {
    Map<String, String> expected = table("defaults.tsv");
    assertEquals(113, expected.size());
    Map<String, String> got = new TreeMap<>();
    Config defaults = Config.defaults();
    for (ConfigKey key : Config.keys()) {
      got.put(key.name(), PythonRepr.of(defaults.value(key.name()), key.type().isList()));
      assertEquals("default", defaults.origin(key.name()).toString());
      assertFalse(key.meaning().isBlank());
    }
    Map<String, String> extras = new TreeMap<>(got);
    extras.keySet().removeAll(expected.keySet());
    got.keySet().removeAll(extras.keySet());
    assertEquals(expected, got);
    // Beyond the original's: each must change nothing at its default, except that photos are
    // turned upright.
    assertEquals(table("extras.tsv"), extras);
  }

  /** What yacs 0.1.8 does with words of a command line, inventory section 1.2. */
  @Test
  void commandLineTable() {
    assertEquals("float16", cli("DTYPE", "float16").text("DTYPE"));
    assertEquals("float16", cli("DTYPE", "\"float16\"").text("DTYPE"));
    String steps = "SOLVER.STEPS";
    assertArrayEquals(new int[] {12000, 16000}, cli(steps, "(12000, 16000)").integers(steps));
    assertArrayEquals(new int[] {1, 2}, cli(steps, "[1,2]").integers(steps));
    assertArrayEquals(new int[] {12000, 16000}, cli(steps, "12000,16000").integers(steps));
    assertArrayEquals(new int[0], cli(steps, "()").integers(steps));
    assertEquals(
        "SOLVER.STEPS: wrong type in command line, got int 12000, expected a tuple of ints;"
            + " write for example (30000,)",
        refused(() -> cli(steps, "12000")));
    assertEquals(
        "SOLVER.STEPS: wrong type in command line, got str '\u201c(1,2)\u201d', expected a tuple of"
            + " ints; the quotes are typographic, use straight ones",
        refused(() -> cli(steps, "\u201c(1,2)\u201d")));
    assertEquals(
        List.of("coco_2017_train"),
        cli("DATASETS.TRAIN", "(\"coco_2017_train\",)").texts("DATASETS.TRAIN"));
    assertTrue(cli("SOLVER.ACCUMULATE_GRAD", "True").flag("SOLVER.ACCUMULATE_GRAD"));
    refused(() -> cli("SOLVER.ACCUMULATE_GRAD", "1"));
    refused(() -> cli("SOLVER.ACCUMULATE_GRAD", "yes"));
    refused(() -> cli("INPUT.MIN_SIZE_TEST", "(640,800)"));
    String least = "INPUT.MIN_SIZE_TRAIN";
    assertArrayEquals(new int[] {640, 800}, cli(least, "(640,800)").integers(least));
    assertArrayEquals(new int[] {640}, cli(least, "640").integers(least));
    assertArrayEquals(new int[] {640}, cli(least, "[640]").integers(least));
    assertTrue(cli(least, "640").toYaml().contains("MIN_SIZE_TRAIN: 640\n"));
    Config several = cli(least, "(640,800)");
    assertEquals(several, Config.defaults().mergeYaml(several.toYaml(), "again"));
    assertEquals(
        "INPUT.MIN_SIZE_TRAIN: wrong type in command line, got tuple (640, 'a'), expected an int"
            + " or a tuple of ints; write for example 7",
        refused(() -> cli(least, "(640,'a')")));
    Config std = cli("INPUT.PIXEL_STD", "(57.375,57.12,58.395)");
    assertArrayEquals(new double[] {57.375, 57.12, 58.395}, std.numbers("INPUT.PIXEL_STD"));
    assertTrue(std.toYaml().contains("PIXEL_STD: [57.375, 57.12, 58.395]\n"), std.toYaml());
  }

  /** Where the original refuses what its own documentation shows. */
  @Test
  void widenedRules() {
    assertEquals(1.0, cli("SOLVER.BASE_LR", "1").number("SOLVER.BASE_LR"));
    assertEquals(2, cli("SOLVER.BIAS_LR_FACTOR", "2.0").integer("SOLVER.BIAS_LR_FACTOR"));
    assertEquals(2.0, cli("SOLVER.BIAS_LR_FACTOR", "2").number("SOLVER.BIAS_LR_FACTOR"));
    assertTrue(cli("SOLVER.ACCUMULATE_GRAD", "true").flag("SOLVER.ACCUMULATE_GRAD"));
    assertFalse(cli("NHWC", "false").flag("NHWC"));
    assertEquals(
        List.of("my_dataset_train"),
        cli("DATASETS.TRAIN", "(\"my_dataset_train\")").texts("DATASETS.TRAIN"));
    assertArrayEquals(new int[] {5}, cli("SOLVER.STEPS", "( 5 )").integers("SOLVER.STEPS"));
    assertArrayEquals(
        new double[] {1, 1, 1}, cli("INPUT.PIXEL_STD", "[1, 1, 1]").numbers("INPUT.PIXEL_STD"));
    Config yaml = Config.defaults().mergeYaml("DATASETS:\n  TRAIN: (\"a\")\nNHWC: no", "t");
    assertEquals(List.of("a"), yaml.texts("DATASETS.TRAIN"));
    assertFalse(yaml.flag("NHWC"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SOLVER.BASE_LR | fast | got str 'fast', expected a float; write for example 0.5",
        "SOLVER.BASE_LR | 1/3 | got str '1/3', expected a float",
        "SOLVER.MAX_ITER | 1.5 | got float 1.5, expected an int; write for example 7",
        "SOLVER.MAX_ITER | 1e10 | got float 10000000000.0, expected an int",
        "SOLVER.MAX_ITER | 3000000000 | got int 3000000000, expected an int; it must fit into 32",
        "SOLVER.MAX_ITER | 99999999999999999999 | expected an int; it must fit into 32 bits",
        "SOLVER.BIAS_LR_FACTOR | 2.5 | got float 2.5, expected an int",
        "SOLVER.MAX_ITER | True | got bool True, expected an int",
        "SOLVER.BASE_LR | True | got bool True, expected a float",
        "NHWC | 0 | got int 0, expected True or False; write for example True",
        "OUTPUT_DIR | 7 | got int 7, expected a string; quote it twice: \"'7'\"",
        "OUTPUT_DIR | ('a',) | got tuple ('a',), expected a string",
        "SOLVER.STEPS | ('a',) | got tuple ('a',), expected a tuple of ints",
        "SOLVER.STEPS | (1.5,) | got tuple (1.5,), expected a tuple of ints",
        "SOLVER.STEPS | (None,) | got tuple (None,), expected a tuple of ints",
        "DATASETS.TEST | coco_2017_val | got str 'coco_2017_val', expected a tuple of strings;"
            + " write for example ('name',)",
        "DATASETS.TEST | (coco_2017_val) | got str '(coco_2017_val)', expected a tuple",
        "INPUT.PIXEL_MEAN | 1.0 | expected a list of floats; write for example [102.9801, 115.9",
        "TEST.EXPECTED_RESULTS | x | got str 'x', expected a list; write for example []"
      })
  void wrongTypes(String key, String value, String part) {
    String message = refused(() -> cli(key, value));
    assertTrue(message.startsWith(key + ": wrong type in command line, got "), message);
    assertTrue(message.contains(part), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SOLVER.MAX_ITERS | did you mean SOLVER.MAX_ITER?",
        "solver.max_iter | did you mean SOLVER.MAX_ITER?",
        "MAX_ITER | did you mean SOLVER.MAX_ITER?",
        "max_iters | did you mean SOLVER.MAX_ITER?",
        "MODEL.MAX_ITER | did you mean SOLVER.MAX_ITER?",
        "MODEL.RPN.ANCHOR_SIZE | did you mean MODEL.RPN.ANCHOR_SIZES?",
        "RPN.NMS_TRESH | did you mean MODEL.RPN.NMS_THRESH?",
        "NUM_GROUPS | did you mean MODEL.GROUP_NORM.NUM_GROUPS or MODEL.RESNETS.NUM_GROUPS?",
        "MODEL.WEIGHTS | did you mean MODEL.WEIGHT?",
        "_BASE_ | base files are detectron2's; merge several files instead"
      })
  void unknownKeys(String key, String hint) {
    assertEquals(key + ": unknown key in command line; " + hint, refused(() -> cli(key, "1")));
  }

  @Test
  void overrideListMustBePairs() {
    assertEquals(
        "overrides: expected pairs KEY VALUE, got 1 words, the last is \"NHWC=True\"; write a space"
            + " instead of =",
        refused(() -> cli("NHWC=True")));
    assertEquals(
        "overrides: expected pairs KEY VALUE, got 3 words, the last is \"DTYPE\"",
        refused(() -> cli("NHWC", "True", "DTYPE")));
    assertEquals(
        "MODEL.RPN: this is a section in command line, expected one of its keys, like"
            + " MODEL.RPN.ANCHOR_SIZES",
        refused(() -> cli("MODEL.RPN", "1")));
    assertEquals(Config.defaults(), cli());
    assertEquals(2, cli("SOLVER.MAX_ITER", "1", "SOLVER.MAX_ITER", "2").integer("SOLVER.MAX_ITER"));
  }

  private static Config yaml(String text) {
    return Config.defaults().mergeYaml(text, "my.yaml");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SOLVER:\\n  MAX_ITERS: 5 | SOLVER.MAX_ITERS: unknown key in my.yaml:2; did you mean"
            + " SOLVER.MAX_ITER?",
        "\\nSOLVERS:\\n  MAX_ITER: 5 | SOLVERS: unknown key in my.yaml:2; did you mean SOLVER?",
        "SOLVER:\\n  MAX_ITER: a | SOLVER.MAX_ITER: wrong type in my.yaml:2, got str 'a', expected"
            + " an int; write for example 7",
        "SOLVER: 5 | SOLVER: this is a section in my.yaml:1, got \"5\", expected indented keys; use"
            + " {} for none",
        "SOLVER: | SOLVER: this is a section in my.yaml:1, got \"\", expected indented keys; use {}"
            + " for none",
        "SOLVER: [1] | SOLVER: this is a section in my.yaml:1, got a list, expected indented keys;"
            + " use {} for none",
        "DTYPE: {A: 1} | DTYPE: wrong type in my.yaml:1, got a section, expected a string",
        "[1, 2] | my.yaml:1: expected sections like \"SOLVER:\", got a list",
        "SOLVER | my.yaml:1: expected sections like \"SOLVER:\", got \"SOLVER\"",
        "NHWC: True\\nSOLVER:\\n  STEPS: [1, 2 | my.yaml:3: not valid YAML",
        "NHWC: True\\n  DTYPE: x | my.yaml:2: not valid YAML, mapping values are not allowed here",
        "NHWC: 'a | my.yaml:1: not valid YAML, found unexpected end of stream",
        "A: b\\n---\\nC: d | my.yaml:2: not valid YAML",
        "\\n\\tNHWC: True | my.yaml:2: not valid YAML",
        "DTYPE: *x | my.yaml:1: not valid YAML, found undefined alias x",
        "? [a]\\n: b | my.yaml:1: a key must be a name, got a list",
        "DTYPE: !!binary aa | my.yaml:1: unsupported YAML tag tag:yaml.org,2002:binary",
        "SOLVER: {MAX_ITER: !!int x} | my.yaml:1: not a number, got \"x\"",
        "<<: 5 | my.yaml:1: << needs a section, got \"5\""
      })
  void wrongFiles(String text, String message) {
    String got = refused(() -> yaml(text.replace("\\n", "\n").replace("\\t", "\t")));
    assertTrue(got.startsWith(message), got);
  }

  @Test
  void noneFitsEverywhereButCannotBeRead() {
    Config none = yaml("SOLVER:\n  STEPS:\n  MAX_ITER: None");
    assertNull(none.value("SOLVER.STEPS"));
    assertEquals(
        "SOLVER.STEPS: None in my.yaml:2, but a value is needed, expected a tuple of ints",
        refused(() -> none.integers("SOLVER.STEPS")));
    assertEquals(none, Config.defaults().mergeYaml(none.toYaml(), "again"));
    assertEquals(5, none.merge(List.of("SOLVER.MAX_ITER", "5")).integer("SOLVER.MAX_ITER"));
    refused(() -> none.merge(List.of("SOLVER.MAX_ITER", "'5'")));
  }

  @Test
  void emptyFilesAndSections() {
    for (String text : List.of("", "# nothing\n", "---\n", "{}", "SOLVER: {}\nMODEL:\n  RPN: {}")) {
      assertEquals(Config.defaults(), yaml(text), text);
    }
  }

  @Test
  void duplicatesAnchorsAndMergeKeys() {
    assertEquals("b", yaml("DTYPE: a\nDTYPE: b").text("DTYPE"));
    Config twice = yaml("SOLVER:\n  GAMMA: 0.5\nNHWC: False\nSOLVER:\n  MOMENTUM: 0.8\n");
    assertEquals(0.5, twice.number("SOLVER.GAMMA"));
    assertEquals(0.8, twice.number("SOLVER.MOMENTUM"));
    Config merged = yaml("TEST: &t {IMS_PER_BATCH: 3}\nSOLVER:\n  IMS_PER_BATCH: 2\n  <<: [*t]\n");
    assertEquals(2, merged.integer("SOLVER.IMS_PER_BATCH"));
    assertEquals(3, merged.integer("TEST.IMS_PER_BATCH"));
    refused(() -> yaml("SOLVER: &s\n  <<: *s\n"));
    refused(() -> yaml("TEST:\n  EXPECTED_RESULTS: &s [*s]\n"));
  }

  @Test
  void dottedKeysAndFacebooksName() {
    assertEquals(7, yaml("SOLVER.MAX_ITER: 7").integer("SOLVER.MAX_ITER"));
    Config alias = yaml("MODEL:\n  RESNETS:\n    BACKBONE_OUT_CHANNELS: 256");
    assertEquals(256, alias.integer("MODEL.BACKBONE.OUT_CHANNELS"));
    assertEquals(256, alias.integer("MODEL.RESNETS.BACKBONE_OUT_CHANNELS"));
    assertEquals("my.yaml:3", alias.origin("MODEL.BACKBONE.OUT_CHANNELS").toString());
    assertEquals(
        64,
        cli("MODEL.RESNETS.BACKBONE_OUT_CHANNELS", "64").integer("MODEL.BACKBONE.OUT_CHANNELS"));
  }

  @Test
  void originsAreKept() throws IOException {
    Path file = folder.resolve("a.yaml");
    Files.writeString(file, "\ufeffSOLVER:\n  GAMMA: 0.2\n  MOMENTUM: 0.8\n");
    Config cfg =
        Config.defaults().merge(file).merge(List.of("SOLVER.MOMENTUM", "0.7")).with("NHWC", false);
    assertEquals(file + ":2", cfg.origin("SOLVER.GAMMA").toString());
    assertEquals("command line", cfg.origin("SOLVER.MOMENTUM").where());
    assertEquals(ConfigOrigin.Kind.CODE, cfg.origin("NHWC").kind());
    assertEquals(ConfigOrigin.Kind.DEFAULT, cfg.origin("DTYPE").kind());
    assertEquals("NHWC: False\nSOLVER:\n  GAMMA: 0.2\n  MOMENTUM: 0.7\n", cfg.changesToYaml());
    Path missing = folder.resolve("b.yaml");
    assertEquals(missing + ": no such file", refused(() -> Config.defaults().merge(missing)));
    Files.write(file, new byte[] {(byte) 0xff});
    assertEquals(file + ": not text in UTF-8", refused(() -> Config.defaults().merge(file)));
  }

  @Test
  void mergingLeavesTheOldConfigurationAlone() {
    Config old = Config.defaults();
    assertNotEquals(old, old.with("SOLVER.MAX_ITER", 3));
    assertEquals(40000, old.integer("SOLVER.MAX_ITER"));
    old.integers("SOLVER.STEPS")[0] = 5;
    assertEquals(Config.defaults(), old);
    assertEquals(Config.defaults().hashCode(), old.hashCode());
  }

  @Test
  void settingFromCode() {
    Config cfg =
        Config.defaults()
            .with("SOLVER.STEPS", new int[] {3, 4})
            .with("INPUT.PIXEL_STD", new double[] {1, 2, 3})
            .with("DATASETS.TRAIN", List.of("a", "b"))
            .with("SOLVER.BASE_LR", 0.5f)
            .with("OUTPUT_DIR", "7");
    assertArrayEquals(new int[] {3, 4}, cfg.integers("SOLVER.STEPS"));
    assertArrayEquals(new double[] {3, 4}, cfg.numbers("SOLVER.STEPS"));
    assertArrayEquals(new double[] {1, 2, 3}, cfg.numbers("INPUT.PIXEL_STD"));
    assertEquals(List.of("a", "b"), cfg.texts("DATASETS.TRAIN"));
    assertEquals("7", cfg.text("OUTPUT_DIR"));
    refused(() -> cfg.with("SOLVER.STEPS", 3));
    String typo =
        assertThrows(IllegalArgumentException.class, () -> cfg.integer("SOLVER.MAX_ITERS"))
            .getMessage();
    assertEquals("SOLVER.MAX_ITERS: no such key, did you mean SOLVER.MAX_ITER?", typo);
    assertThrows(IllegalArgumentException.class, () -> cfg.integer("SOLVER.BASE_LR"));
    assertThrows(IllegalArgumentException.class, () -> cfg.with("SOLVER.MAX_ITERS", 3));
  }
}

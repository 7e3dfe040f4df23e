package dev.maskrcnn.detection.config;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Files and words from the wild: whatever they hold, the reader answers with its own exception. */
class ConfigFuzzTest {
  private static final int INPUTS = 10_000;
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(60);

  /** What YAML and Python literals give a meaning to. */
  private static final List<String> TOKENS =
      List.of(
          "&a",
          "*a",
          "<<: *a",
          "!!python/object/apply:os.system",
          "!!binary",
          "---",
          "...",
          "? ",
          "{",
          "}",
          "[",
          "]",
          "(",
          ")",
          ",",
          ":",
          "'",
          "\"",
          "\\",
          "\\x",
          "\\U0010ffff",
          "#",
          "|",
          ">",
          "%YAML 9.9",
          "\t",
          "\n",
          "\n  ",
          "\u0000",
          "\ud800",
          "\ufeff",
          "1e999",
          "-",
          "0x",
          "0b2",
          "1_0",
          "9".repeat(400),
          "None",
          "True",
          "nan",
          ".inf",
          "190:20:30",
          "((((((((((",
          "[[[[[[[[[[",
          "{a: {a: {a:",
          "MODEL",
          "SOLVER.STEPS",
          "_BASE_: x");

  private static final long SEED = 20_261_127;

  private static void accepts(Runnable reading, String input) {
    try {
      reading.run();
    } catch (ConfigException e) {
      assertTrue(e.getMessage().lines().count() == 1, "several lines: " + e.getMessage());
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      throw new AssertionError("seed %s, input: %s".formatted(SEED, input), e);
    }
  }

  private static String mutated(String text, SplittableRandom random) {
    StringBuilder out = new StringBuilder(text);
    int changes = 1 + random.nextInt(6);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(out.length() + 1);
      int to = Math.min(out.length(), at + random.nextInt(12));
      switch (random.nextInt(5)) {
        case 0 -> out.insert(at, TOKENS.get(random.nextInt(TOKENS.size())));
        case 1 -> out.delete(at, to);
        case 2 -> out.insert(at, out.substring(at, to));
        case 3 -> out.replace(at, to, TOKENS.get(random.nextInt(TOKENS.size())));
        default -> out.insert(at, (char) random.nextInt(256));
      }
    }
    return out.toString();
  }

  @Test
  void mutatedFiles() {
    List<String> recipes =
        List.of(
            BuiltinConfigs.text("shapes_gn"),
            BuiltinConfigs.text("e2e_mask_rcnn_R_50_FPN_1x"),
            "A: &a {SOLVER: {BASE_LR: 0.1}}\nB:\n  <<: *a\n  - [1, 2]\n");
    SplittableRandom random = new SplittableRandom(SEED);
    Config defaults = Config.defaults();
    assertTimeoutPreemptively(
        LONG_ENOUGH,
        () -> {
          for (int i = 0; i < INPUTS; i++) {
            String text = mutated(recipes.get(random.nextInt(recipes.size())), random);
            accepts(() -> defaults.mergeYaml(text, "fuzz.yaml"), text);
          }
        });
  }

  @Test
  void mutatedWords() {
    List<List<String>> pairs =
        List.of(
            List.of("SOLVER.STEPS", "(12000, 16000)"),
            List.of("DATASETS.TRAIN", "('coco_2014_train', \"coco_2014_val\")"),
            List.of("SOLVER.BASE_LR", "1.25e-3"),
            List.of("TEST.EXPECTED_RESULTS", "[('bbox', 'AP', (0.377, 0.002))]"),
            List.of("MODEL.MASK_ON", "True"));
    SplittableRandom random = new SplittableRandom(SEED + 1);
    Config defaults = Config.defaults();
    assertTimeoutPreemptively(
        LONG_ENOUGH,
        () -> {
          for (int i = 0; i < INPUTS; i++) {
            List<String> words = new ArrayList<>(pairs.get(random.nextInt(pairs.size())));
            int which = random.nextInt(8) == 0 ? 0 : 1;
            words.set(which, mutated(words.get(which), random));
            accepts(() -> defaults.merge(words), words.toString());
          }
        });
  }

  /** Aliases of aliases: some hundred bytes that stand for 2 to the 23 times a thousand nodes. */
  private static String bomb(String leaf, String level) {
    StringBuilder text = new StringBuilder("A0: &a0 " + leaf + "\n");
    for (int i = 1; i < 24; i++) {
      text.append(level.replace("*b", "*a" + (i - 1)).formatted(i, i));
    }
    return text.toString();
  }

  @Test
  void aliasBombsAreRefusedAtOnce() {
    String lists = bomb("[" + "1,".repeat(1000) + "1]", "A%d: &a%d [*b, *b]\n");
    String merges = bomb("{BASE_LR: 0.1}", "A%d: &a%d {<<: [*b, *b]}\n");
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (String text :
              List.of(
                  "TEST:\n  EXPECTED_RESULTS: [" + inline("[1, 1]", "[%s, %s]") + "]\n",
                  "SOLVER: " + inline("{BASE_LR: 0.1}", "{<<: [%s, %s]}") + "\n",
                  lists,
                  merges,
                  "SOLVER: &s {<<: *s}\n",
                  "TEST: {EXPECTED_RESULTS: &s [*s]}\n",
                  "[".repeat(100_000),
                  "SOLVER: {STEPS: \"%s\"}".formatted("(".repeat(100_000)))) {
            assertThrows(
                ConfigException.class, () -> Config.defaults().mergeYaml(text, "bomb.yaml"));
          }
        });
  }

  /** The bomb as one value: each level holds the level below and an alias of it. */
  private static String inline(String leaf, String pair) {
    String text = "&b0 " + leaf;
    for (int i = 1; i < 24; i++) {
      text = "&b%s ".formatted(i) + pair.formatted(text, "*b" + (i - 1));
    }
    return text;
  }
}

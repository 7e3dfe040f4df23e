package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Numbers are written and read alike under every default locale: German has a decimal comma, this
 * Arabic one digits of its own.
 */
class LocaleTest {
  private static final Pattern DECIMAL_COMMA = Pattern.compile("[0-9],[0-9]");
  private final Locale usual = Locale.getDefault();
  @TempDir private Path temp;
  private final Cli cli = new Cli();

  @AfterEach
  void restore() {
    Locale.setDefault(usual);
  }

  @ParameterizedTest
  @ValueSource(strings = {"de-DE", "ar-EG-u-nu-arab"})
  void hintForTheLearningRate(String locale) {
    Config recipe = BuiltinConfigs.load("shapes_gn");
    Config one = recipe.merge(List.of("SOLVER.IMS_PER_BATCH", "1"));
    Locale.setDefault(Locale.ROOT);
    String expected = RateHint.of(recipe, one).orElseThrow();
    Locale.setDefault(Locale.forLanguageTag(locale));
    assertEquals(expected, RateHint.of(recipe, one).orElseThrow());
  }

  @Test
  void oneStepWithADecimalComma() throws IOException {
    Locale.setDefault(Locale.GERMANY);
    Path json = temp.resolve("step.json");
    ok("inspect step --json " + json + " --text " + temp.resolve("step.txt"));
    assertTrue(new ObjectMapper().readTree(json.toFile()).isObject());
    String text = Files.readString(temp.resolve("step.txt"));
    assertPlain(text, "step.txt");
    assertFalse(DECIMAL_COMMA.matcher(text).find(), text);
  }

  @Test
  void filesOfARunUnderArabicDigits() throws IOException {
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    Path data = temp.resolve("data");
    ok("dataset shapes --train 2 --val 1 --size 64 --output-dir " + data);
    ok(
        "dataset stats --annotations %s --output-dir %s"
            .formatted(data.resolve("instances_train.json"), temp.resolve("stats")));
    ok(
        "train --max-steps 1 --output-dir %s --train-images %s --train-annotations %s"
                .formatted(
                    temp.resolve("run"),
                    data.resolve("train"),
                    data.resolve("instances_train.json"))
            + " --val-images %s --val-annotations %s"
                .formatted(data.resolve("val"), data.resolve("instances_val.json"))
            + " SOLVER.IMS_PER_BATCH 1 INPUT.MIN_SIZE_TRAIN 64 INPUT.MAX_SIZE_TRAIN 64");
    Pattern text = Pattern.compile(".*\\.(txt|json|jsonl|yaml|html)");
    try (Stream<Path> files = Files.walk(temp)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = temp.relativize(file).toString();
        assertPlain(text.matcher(name).matches() ? name + Files.readString(file) : name, name);
      }
    }
  }

  private void ok(String words) {
    assertEquals(0, cli.runForReal(words.split(" ")), () -> cli.out() + cli.err());
    assertPlain(cli.out() + cli.err(), words);
  }

  private static void assertPlain(String text, String where) {
    for (String line : text.lines().toList()) {
      assertTrue(line.chars().allMatch(c -> c < 128 || !Character.isDigit(c)), where + ": " + line);
    }
  }
}

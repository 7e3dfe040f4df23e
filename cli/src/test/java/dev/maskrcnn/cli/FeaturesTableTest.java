package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The table of features names commands that exist. */
class FeaturesTableTest {
  private static final Pattern ROW = Pattern.compile("\\| (\\d+) \\| ([✓☐]) \\| (.+) \\| (.+) \\|");
  private static final Pattern COMMAND = Pattern.compile("`maskrcnn ([^`]*)`");
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|\\S+");

  private static Path table() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(folder.resolve("docs/features.md"))) {
      folder = folder.getParent();
    }
    return folder.resolve("docs/features.md");
  }

  @Test
  void everyTickedCommandParses() throws IOException {
    List<Integer> numbers = new ArrayList<>();
    List<Integer> open = new ArrayList<>();
    for (String line : Files.readAllLines(table())) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        numbers.add(Integer.parseInt(row.group(1)));
        Matcher command = COMMAND.matcher(row.group(4));
        assertTrue(command.find(), "no command in " + line);
        if (row.group(2).equals("☐")) {
          open.add(Integer.parseInt(row.group(1)));
          continue;
        }
        do {
          parses(command.group(1), line);
        } while (command.find());
      }
    }
    List<Integer> all = new ArrayList<>();
    for (int i = 1; i <= 44; i++) {
      all.add(i);
    }
    assertEquals(all, numbers);
    assertFalse(open.isEmpty(), "row 34 has an issue of its own");
  }

  private static void parses(String command, String row) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(command);
    while (word.find()) {
      words.add(word.group(1) == null ? word.group() : word.group(1));
    }
    CommandLine line = Main.commands(new Console(System.out, System.err), Work.real());
    try {
      line.parseArgs(words.toArray(String[]::new));
    } catch (ParameterException e) {
      throw new AssertionError(row + ": " + e.getMessage(), e);
    }
    // Commands with KEY VALUE take any word for one; so options, keys and recipes are looked up.
    CommandLine last = line.getParseResult().asCommandLineList().stream().reduce((a, b) -> b).get();
    for (int i = 0; i < words.size(); i++) {
      String name = words.get(i);
      if (name.startsWith("--")) {
        assertTrue(last.getCommandSpec().findOption(name) != null, row + ": no option " + name);
      } else if (name.matches("[A-Z][A-Z_]*\\.[A-Z_.]+|PER_EPOCH_EVAL|MIN_\\w+")) {
        assertTrue(Config.keys().stream().anyMatch(k -> k.name().equals(name)), row + name);
      }
      if (i > 0 && words.get(i - 1).matches("--config(-file)?")) {
        BuiltinConfigs.load(name);
      }
    }
  }
}

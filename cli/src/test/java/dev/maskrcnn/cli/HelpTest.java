package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

class HelpTest {
  private final Cli cli = new Cli();

  static List<CommandLine> commands() {
    List<CommandLine> all = new ArrayList<>();
    collect(Main.commands(new Console(System.out, System.err), Work.real()), all);
    return all;
  }

  private static void collect(CommandLine command, List<CommandLine> all) {
    all.add(command);
    command.getSubcommands().values().forEach(sub -> collect(sub, all));
  }

  @Test
  void theCommandsAreThere() {
    List<String> names =
        commands().stream().map(c -> c.getCommandSpec().qualifiedName(" ")).toList();
    assertEquals(
        List.of(
            "maskrcnn",
            "maskrcnn train",
            "maskrcnn eval",
            "maskrcnn predict",
            "maskrcnn dataset",
            "maskrcnn dataset shapes",
            "maskrcnn dataset stats",
            "maskrcnn dataset verify",
            "maskrcnn dataset clean",
            "maskrcnn dataset download",
            "maskrcnn dataset extract",
            "maskrcnn dataset convert",
            "maskrcnn config",
            "maskrcnn config show",
            "maskrcnn config list",
            "maskrcnn config keys",
            "maskrcnn weights",
            "maskrcnn weights list",
            "maskrcnn weights show",
            "maskrcnn weights diff",
            "maskrcnn weights convert",
            "maskrcnn weights import",
            "maskrcnn inspect",
            "maskrcnn inspect step",
            "maskrcnn inspect detector",
            "maskrcnn inspect op",
            "maskrcnn inspect ops",
            "maskrcnn inspect gradcheck",
            "maskrcnn inspect weights",
            "maskrcnn inspect config",
            "maskrcnn benchmark",
            "maskrcnn benchmark train",
            "maskrcnn benchmark inference",
            "maskrcnn gate",
            "maskrcnn doctor",
            "maskrcnn completion",
            "maskrcnn man"),
        names);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpNeedsNothingElse(CommandLine command) {
    String help = command.getUsageMessage(CommandLine.Help.Ansi.OFF);
    String name = command.getCommandSpec().qualifiedName(" ");
    assertTrue(help.contains("Exit codes:"), name + ": no exit codes");
    assertTrue(help.contains("maskrcnn"), name);
    if (!name.equals("maskrcnn config list")) {
      assertTrue(help.contains("Examples"), name + ": no examples");
    }
    for (OptionSpec option : command.getCommandSpec().options()) {
      assertFalse(
          String.join("", option.description()).isBlank(), name + ": " + option.longestName());
    }
    for (PositionalParamSpec words : command.getCommandSpec().positionalParameters()) {
      assertFalse(String.join("", words.description()).isBlank(), name + ": " + words.paramLabel());
    }
    help.lines().forEach(line -> assertTrue(line.length() <= 80, name + ": long line: " + line));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpEndsWithZero(CommandLine command) {
    String name = command.getCommandSpec().qualifiedName(" ");
    String[] words = (name + " --help").substring("maskrcnn ".length()).split(" ");
    assertEquals(0, cli.run(words));
    assertTrue(cli.out().startsWith("Usage: " + name), cli.out());
    assertEquals("", cli.err());
  }

  @Test
  void versionNamesProgramAndJava() {
    assertEquals(0, cli.run("--version"));
    assertTrue(cli.out().startsWith("maskrcnn "), cli.out());
    assertTrue(cli.out().contains("Java " + System.getProperty("java.version")), cli.out());
  }

  @Test
  void wrongUsageIsShortAndHelpful() {
    assertEquals(2, cli.run());
    assertTrue(cli.err().contains("a command is missing"), cli.err());
    assertEquals(2, cli.run("trian"));
    assertTrue(cli.err().matches("(?s).*Did you mean: .*maskrcnn train.*"), cli.err());
    assertEquals(2, cli.run("train", "--outptu-dir", "x"));
    assertTrue(cli.err().contains("--output-dir"), cli.err());
    assertTrue(cli.err().contains("Try 'maskrcnn train --help'."), cli.err());
    assertEquals(2, cli.run("train", "--max-steps", "many"));
    assertTrue(cli.err().contains("'many'"), cli.err());
    assertEquals(2, cli.run("train", "--max-steps", "0"));
    assertEquals(2, cli.run("train", "--train-images", "x"));
    assertTrue(cli.err().contains("--train-annotations"), cli.err());
    assertEquals(2, cli.run("eval", "--images", "x"));
    assertEquals(2, cli.run("predict"));
    assertEquals(2, cli.run("predict", "x.png", "--threshold", "1.5"));
    assertEquals(2, cli.run("dataset"));
    assertEquals(2, cli.run("dataset", "stats"));
    assertEquals(2, cli.run("dataset", "shapes", "--output-dir", "x", "--size", "3"));
    assertTrue(cli.err().contains("64 to 4096, got 3"), cli.err());
    assertTrue(cli.err().lines().count() <= 3, cli.err());
  }
}

package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class ManAndCompletionTest {
  @TempDir private Path temp;
  private final Cli cli = new Cli();

  @Test
  void everyCommandHasItsPageWithAllOptions() throws IOException {
    assertEquals(0, cli.run("man", "--output-dir", temp.toString()), cli::err);
    for (CommandLine command : HelpTest.commands()) {
      String name = command.getCommandSpec().qualifiedName("-");
      String page = Files.readString(temp.resolve(name + ".1"));
      for (OptionSpec option : command.getCommandSpec().options()) {
        String escaped = option.longestName().replace("-", "\\-");
        assertTrue(page.contains("\\fB" + escaped + "\\fR"), name + " " + option.longestName());
      }
      for (String section : List.of("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS")) {
        assertTrue(page.contains(".SH \"" + section + "\""), name + " " + section);
      }
      assertFalse(page.contains("${"), name);
    }
  }

  @Test
  void groffFindsNothingWrong() throws IOException, InterruptedException {
    Assumptions.assumeTrue(present("groff"), "SKIPPED: groff is not installed");
    assertEquals(0, cli.run("man", "--output-dir", temp.toString()), cli::err);
    try (Stream<Path> pages = Files.list(temp)) {
      for (Path page : pages.toList()) {
        String said = run("groff", "-man", "-Tutf8", "-ww", "-z", page.toString());
        assertEquals("", said, page.toString());
      }
    }
  }

  @Test
  void pagesArePrintedByName() {
    assertEquals(0, cli.run("man", "dataset", "stats"));
    assertTrue(cli.out().startsWith(".TH \"MASKRCNN-DATASET-STATS\" \"1\""), cli.out());
    cli.fails(List.of("no command \"trian\"", "train"), "man", "trian");
  }

  @Test
  void bashCompletesCommandsAndOptions() throws IOException, InterruptedException {
    Assumptions.assumeTrue(present("bash"), "SKIPPED: bash is not installed");
    assertEquals(0, cli.run("completion", "bash"));
    Path script = Files.writeString(temp.resolve("completion"), cli.out());
    assertTrue(complete(script, "maskrcnn", "tr").contains("train"));
    assertTrue(complete(script, "maskrcnn", "train", "--json").contains("--json-summary"));
    assertTrue(complete(script, "maskrcnn", "completion", "").contains("zsh"));
    assertEquals(0, cli.run("completion", "zsh"));
    assertTrue(cli.out().contains("bashcompinit"), cli.out());
  }

  /** What bash offers for the last word. */
  private String complete(Path script, String... words) throws IOException, InterruptedException {
    String quoted = "'" + String.join("' '", words) + "'";
    return run(
        "bash",
        "-c",
        "source %s; COMP_WORDS=(%s); COMP_CWORD=%s; _complete_maskrcnn; echo \"${COMPREPLY[@]}\""
            .formatted(script, quoted, words.length - 1));
  }

  private static boolean present(String program) {
    return Stream.of(System.getenv("PATH").split(java.io.File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static String run(String... words) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    return said;
  }
}

package dev.maskrcnn.cli;

import dev.maskrcnn.tensor.io.AtomicFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code maskrcnn man}. */
@Command(
    name = "man",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    description = {
      "Prints a command's manual page, or writes those of all commands.",
      "",
      "The pages are made from the same text as --help.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn man train | man -l -",
      "  maskrcnn man --output-dir /usr/local/share/man/man1"
    })
final class ManCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "words of the command (default: maskrcnn itself)")
  private String[] words = {};

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = "write maskrcnn.1, maskrcnn-train.1, … into this folder")
  private Optional<Path> folder;

  @Mixin private ExitCodes exitCodes;

  ManCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    CommandLine command = spec.root().commandLine();
    for (String word : words) {
      CommandLine next = command.getSubcommands().get(word);
      if (next == null) {
        throw new CliException(
            "man: %s has no command \"%s\", expected one of %s"
                .formatted(
                    command.getCommandSpec().qualifiedName(),
                    word,
                    String.join(", ", command.getSubcommands().keySet())));
      }
      command = next;
    }
    if (folder.isEmpty()) {
      console.out().print(ManPage.of(command));
      return ExitCodes.OK;
    }
    console.out().printf("%s pages in %s%n", write(command, folder.get()), folder.get());
    return ExitCodes.OK;
  }

  private static int write(CommandLine command, Path folder) {
    String name = command.getCommandSpec().qualifiedName("-");
    AtomicFile.writeText(folder.resolve(name + ".1"), ManPage.of(command));
    int written = 1;
    for (CommandLine sub : command.getSubcommands().values()) {
      written += write(sub, folder);
    }
    return written;
  }
}

package dev.maskrcnn.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code maskrcnn completion}. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    description = {"Prints a script with which a shell completes commands and options.", ""},
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(maskrcnn completion bash)",
      "  maskrcnn completion bash > /etc/bash_completion.d/maskrcnn",
      "  source <(maskrcnn completion zsh)"
    })
final class CompletionCommand implements Callable<Integer> {
  /** Shells it can do; both run the same functions, zsh through its emulation of bash's. */
  enum Shell {
    bash,
    zsh
  }

  private final Console console;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "bash|zsh", description = "the shell")
  private Shell shell;

  @Mixin private ExitCodes exitCodes;

  CompletionCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    CommandLine root = spec.root().commandLine();
    if (shell == Shell.zsh) {
      console.out().println("autoload -U +X compinit && compinit");
      console.out().println("autoload -U +X bashcompinit && bashcompinit");
    }
    console.out().print(AutoComplete.bash(root.getCommandName(), root));
    return ExitCodes.OK;
  }
}

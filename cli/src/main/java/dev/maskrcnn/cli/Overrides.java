package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The words {@code KEY VALUE …} that any command with a configuration takes (a mixin). */
final class Overrides {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Parameters(
      arity = "0..*",
      paramLabel = "[KEY VALUE]...",
      hideParamSyntax = true,
      description = {
        "settings that override the configuration, as in",
        "SOLVER.BASE_LR 0.01 MODEL.MASK_ON False",
        "(maskrcnn config keys lists all)"
      })
  private List<String> words = new ArrayList<>();

  /** No words at all, for commands without them. */
  static Overrides none() {
    return new Overrides();
  }

  /**
   * The configuration with the overrides.
   *
   * @throws UnmatchedArgumentException if a word in a key's place looks like an option
   * @throws dev.maskrcnn.detection.config.ConfigException if a key is unknown or a value does not
   *     fit
   */
  Config on(Config config) {
    for (int i = 0; i < words.size(); i += 2) {
      if (words.get(i).startsWith("-")) {
        throw new UnmatchedArgumentException(command.commandLine(), words.subList(i, i + 1));
      }
    }
    return config.merge(words);
  }

  /** Whether a key is among them. */
  boolean names(String key) {
    for (int i = 0; i < words.size(); i += 2) {
      if (words.get(i).equals(key)) {
        return true;
      }
    }
    return false;
  }
}

package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigKey;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code maskrcnn inspect config}. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Shows what a recipe or file with overrides changes: for each key its value, where that was"
          + " set (file and line, or command line), and the default.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn inspect config e2e_mask_rcnn_R_50_FPN_1x",
      "  maskrcnn inspect config my.yaml SOLVER.BASE_LR 0.01",
      "  maskrcnn inspect config shapes_gn --all"
    })
final class InspectConfigCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      arity = "1..*",
      paramLabel = "NAME|FILE [KEY VALUE]...",
      hideParamSyntax = true,
      description = {
        "a built-in recipe (maskrcnn config list) or a YAML file, and settings that override it"
      })
  private List<String> words;

  @Option(names = "--all", description = "every key, not only those that differ")
  private boolean all;

  @Mixin private ExitCodes exitCodes;

  InspectConfigCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Config config = BuiltinConfigs.load(words.get(0)).merge(words.subList(1, words.size()));
    int differing = 0;
    for (ConfigKey key : Config.keys()) {
      Object value = config.value(key.name());
      boolean differs = !Objects.equals(value, key.initial());
      differing += differs ? 1 : 0;
      if (all || differs) {
        console.out().printf("%-47s %s%n", key.name(), ConfigKey.literal(value));
        console
            .out()
            .printf(
                "    from %s; default %s%n",
                config.origin(key.name()), differs ? ConfigKey.literal(key.initial()) : "the same");
      }
    }
    console.out().printf("%s of %s keys differ%n", differing, Config.keys().size());
    return ExitCodes.OK;
  }
}

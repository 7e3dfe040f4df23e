package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Family;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code maskrcnn config show}. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Prints all settings of a recipe or file as YAML, with overrides applied. The output is"
          + " itself a configuration file.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn config show",
      "  maskrcnn config show --config e2e_mask_rcnn_R_50_FPN_1x --changes",
      "  maskrcnn config show --config my.yaml SOLVER.BASE_LR 0.01 > full.yaml"
    })
final class ConfigShowCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--config",
      paramLabel = "NAME|FILE",
      description = "a built-in recipe (maskrcnn config list) or a YAML file; default: shapes_gn")
  private Optional<String> recipe;

  @Option(names = "--changes", description = "only what differs from the defaults")
  private boolean changes;

  @Option(
      names = "--source",
      description = "the text of the built-in recipe with its comments; overrides do not apply")
  private boolean source;

  @Mixin private Overrides overrides;
  @Mixin private ExitCodes exitCodes;

  ConfigShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Config config = Family.withDefaults(overrides.on(OutputFolder.recipe(recipe)));
    if (source) {
      console.out().print(BuiltinConfigs.text(recipe.orElse(OutputFolder.DEFAULT_RECIPE)));
    } else {
      console.out().print(changes ? config.changesToYaml() : config.toYaml());
    }
    return ExitCodes.OK;
  }
}

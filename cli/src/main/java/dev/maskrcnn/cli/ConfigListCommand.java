package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code maskrcnn config list}. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    description = {
      "Lists the built-in recipes: those of maskrcnn-benchmark (NVIDIA's version), and shapes_gn,"
          + " the small one that train uses by default.",
      "",
      "Recipes whose model this version cannot build are marked; their settings can be shown all"
          + " the same.",
      ""
    })
final class ConfigListCommand implements Callable<Integer> {
  private static final String ROW = "%-62s %-10s %-5s %9s %6s %9s";

  private final Console console;

  @Mixin private ExitCodes exitCodes;

  ConfigListCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    line("name", "body", "heads", "iterations", "batch", "rate");
    for (String name : BuiltinConfigs.names()) {
      Config config = BuiltinConfigs.load(name);
      line(
          name,
          config.text("MODEL.BACKBONE.CONV_BODY"),
          heads(config),
          Integer.toString(config.integer("SOLVER.MAX_ITER")),
          Integer.toString(config.integer("SOLVER.IMS_PER_BATCH")),
          Double.toString(config.number("SOLVER.BASE_LR")));
    }
    return ExitCodes.OK;
  }

  private void line(Object... cells) {
    console.out().println(ROW.formatted(cells).stripTrailing());
  }

  private static String heads(Config config) {
    if (config.flag("MODEL.RPN_ONLY")) {
      return "rpn";
    }
    return config.flag("MODEL.MASK_ON") ? "mask" : "box";
  }
}

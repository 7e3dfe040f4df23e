package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigKey;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code maskrcnn config keys}. */
@Command(
    name = "keys",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    description = {"Lists the settings: key, default, type and meaning.", ""},
    footerHeading = "%nExamples:%n",
    footer = {"  maskrcnn config keys", "  maskrcnn config keys MODEL.RPN"})
final class ConfigKeysCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      arity = "0..1",
      defaultValue = "",
      paramLabel = "PART",
      description = "only keys that contain this, in any case")
  private String part;

  @Mixin private ExitCodes exitCodes;

  ConfigKeysCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    String wanted = part.toUpperCase(Locale.ROOT);
    List<ConfigKey> keys =
        Config.keys().stream().filter(key -> key.name().contains(wanted)).toList();
    if (keys.isEmpty()) {
      throw new CliException(
          "%s: no key contains it; maskrcnn config keys lists all".formatted(part));
    }
    for (ConfigKey key : keys) {
      String type = key.type().name().toLowerCase(Locale.ROOT).replace('_', ' ');
      console.out().printf("%-47s %s%n", key.name(), ConfigKey.literal(key.initial()));
      console.out().printf("    %s; %s%n", type, key.meaning());
    }
    return ExitCodes.OK;
  }
}

package dev.maskrcnn.cli;

import dev.maskrcnn.autograd.trace.ValueStatistics;
import dev.maskrcnn.detection.inspect.WeightsInspection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code maskrcnn inspect weights}. */
@Command(
    name = "weights",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Lists the tensors of a file of weights with type, shape and statistics, and what the file"
          + " says of itself. Ends with exit code 1 if a value is not finite.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn inspect weights output/shapes/model_final.safetensors",
      "  maskrcnn inspect weights model.safetensors --only backbone.body.stem"
    })
final class InspectWeightsCommand implements Callable<Integer> {
  private static final int SHOWN = 70;

  private final Console console;

  @Parameters(paramLabel = "FILE", description = "a file of weights")
  private Path file;

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "only tensors whose names contain this")
  private String only;

  @Mixin private ExitCodes exitCodes;

  InspectWeightsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!Files.isRegularFile(file)) {
      throw new CliException("%s: no such file; check the path".formatted(file));
    }
    WeightsInspection.Result result = WeightsInspection.of(file);
    result
        .metadata()
        .forEach((key, value) -> console.out().printf("%-16s %s%n", key, shortened(value)));
    List<WeightsInspection.Entry> entries =
        result.entries().stream().filter(e -> e.name().contains(only)).toList();
    int width = entries.stream().mapToInt(e -> e.name().length()).max().orElse(4);
    String format = "%-" + width + "s  %-5s %-20s %11s %11s %11s %11s%n";
    console.out().printf(format, "name", "type", "shape", "mean", "deviation", "min", "max");
    long bytes = 0;
    int broken = 0;
    for (WeightsInspection.Entry e : entries) {
      bytes += e.bytes();
      ValueStatistics s = e.statistics().orElse(null);
      console
          .out()
          .print(
              format
                  .formatted(
                      e.name(),
                      e.type(),
                      e.shape(),
                      s == null ? "" : number(s.mean()),
                      s == null ? "" : number(s.deviation()),
                      s == null ? "" : number(s.min()),
                      s == null ? "" : number(s.max()))
                  .replaceAll("\\s+$", "\n"));
      if (s != null && !s.finite()) {
        broken++;
        console.out().printf("  %d NaN, %d infinite%n", s.nans(), s.infinities());
      }
    }
    console.out().printf("%d tensors, %.1f MiB%n", entries.size(), bytes / 1048576.0);
    if (broken > 0) {
      throw new CliException("%s: %d tensors are not finite".formatted(file, broken));
    }
    return ExitCodes.OK;
  }

  private static String number(double v) {
    return String.format(Locale.ROOT, "%.4g", v);
  }

  private static String shortened(String value) {
    String line = value.replaceAll("\\s+", " ").strip();
    return line.length() <= SHOWN
        ? line
        : line.substring(0, SHOWN) + " … (" + value.length() + " characters)";
  }
}

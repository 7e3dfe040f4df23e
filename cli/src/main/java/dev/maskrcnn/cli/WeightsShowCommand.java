package dev.maskrcnn.cli;

import static java.util.stream.Collectors.joining;

import dev.maskrcnn.autograd.trace.ValueStatistics;
import dev.maskrcnn.detection.inspect.WeightsInspection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code maskrcnn weights show} and {@code maskrcnn inspect weights}, the same command. */
@Command(
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Lists the tensors of a file of weights with type, shape and statistics, and what the file"
          + " says of itself. Reads safetensors, PyTorch's files and Detectron's pickles; nothing"
          + " in a pickle is executed. Ends with exit code 1 if a value is not finite.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn weights show output/shapes/model_final.safetensors",
      "  maskrcnn weights show model.pth --only backbone.body.stem",
      "  maskrcnn inspect weights R-50.pkl --depth 2"
    })
final class WeightsShowCommand implements Callable<Integer> {
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

  @Option(
      names = "--depth",
      paramLabel = "N",
      description = "sum up the tensors whose names agree in their first N parts")
  private Optional<Integer> depth = Optional.empty();

  @Mixin private ExitCodes exitCodes;

  WeightsShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!Files.isRegularFile(file)) {
      throw new CliException("%s: no such file; check the path".formatted(file));
    }
    WeightsInspection.Result result = WeightsInspection.of(file);
    console.out().printf("%-16s %s%n", "form", result.form().name().toLowerCase(Locale.ROOT));
    result.family().ifPresent(family -> console.out().printf("%-16s %s%n", "family", family.key()));
    result.iteration().ifPresent(n -> console.out().printf("%-16s %s%n", "iteration", n));
    if (result.momenta() > 0) {
      console.out().printf("%-16s %s tensors%n", "momentum", result.momenta());
    }
    result
        .metadata()
        .forEach((key, value) -> console.out().printf("%-16s %s%n", key, shortened(value)));
    List<WeightsInspection.Entry> entries =
        result.entries().stream().filter(e -> e.name().contains(only)).toList();
    if (depth.isPresent()) {
      groups(entries, depth.get());
    } else {
      tensors(entries);
    }
    long bytes = entries.stream().mapToLong(WeightsInspection.Entry::bytes).sum();
    console.out().printf(Locale.ROOT, "%d tensors, %.1f MiB%n", entries.size(), bytes / 1048576.0);
    long broken =
        entries.stream().flatMap(e -> e.statistics().stream()).filter(v -> !v.finite()).count();
    if (broken > 0) {
      throw new CliException("%s: %s tensors are not finite".formatted(file, broken));
    }
    return ExitCodes.OK;
  }

  private void tensors(List<WeightsInspection.Entry> entries) {
    int width = entries.stream().mapToInt(e -> e.name().length()).max().orElse(4);
    String format = "%-" + width + "s  %-5s %-20s %11s %11s %11s %11s%n";
    console.out().printf(format, "name", "type", "shape", "mean", "deviation", "min", "max");
    for (WeightsInspection.Entry e : entries) {
      ValueStatistics s = e.statistics().orElse(null);
      String row =
          format.formatted(
              e.name(),
              e.type(),
              e.shape(),
              s == null ? "" : number(s.mean()),
              s == null ? "" : number(s.deviation()),
              s == null ? "" : number(s.min()),
              s == null ? "" : number(s.max()));
      console.out().println(row.stripTrailing());
      if (s != null && !s.finite()) {
        console.out().printf("  %s NaN, %s infinite%n", s.nans(), s.infinities());
      }
    }
  }

  /** A line for each beginning of names. */
  private void groups(List<WeightsInspection.Entry> entries, int parts) {
    if (parts < 1) {
      throw new CliException("--depth: a number from 1, got " + parts);
    }
    Map<String, List<WeightsInspection.Entry>> groups = new LinkedHashMap<>();
    for (WeightsInspection.Entry e : entries) {
      String prefix = Arrays.stream(e.name().split("\\.")).limit(parts).collect(joining("."));
      groups.computeIfAbsent(prefix, key -> new ArrayList<>()).add(e);
    }
    int width = groups.keySet().stream().mapToInt(String::length).max().orElse(4);
    String format = "%-" + width + "s %8s %12s %11s %11s %11s %11s%n";
    console.out().printf(format, "name", "tensors", "values", "mean", "deviation", "min", "max");
    groups.forEach(
        (name, group) -> {
          List<ValueStatistics> all = group.stream().flatMap(e -> e.statistics().stream()).toList();
          double count = Math.max(1, all.stream().mapToLong(ValueStatistics::count).sum());
          double mean = all.stream().mapToDouble(s -> s.count() * s.mean()).sum() / count;
          double square =
              all.stream()
                      .mapToDouble(
                          s -> s.count() * (Math.pow(s.deviation(), 2) + Math.pow(s.mean(), 2)))
                      .sum()
                  / count;
          console
              .out()
              .printf(
                  format,
                  name,
                  group.size(),
                  all.stream().mapToLong(ValueStatistics::count).sum(),
                  number(mean),
                  number(Math.sqrt(Math.max(0, square - mean * mean))),
                  number(all.stream().mapToDouble(ValueStatistics::min).min().orElse(0)),
                  number(all.stream().mapToDouble(ValueStatistics::max).max().orElse(0)));
        });
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

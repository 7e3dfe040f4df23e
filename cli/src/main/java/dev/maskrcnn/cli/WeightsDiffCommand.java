package dev.maskrcnn.cli;

import dev.maskrcnn.detection.inspect.WeightsComparison;
import dev.maskrcnn.detection.inspect.WeightsComparison.Pair;
import dev.maskrcnn.detection.weights.WeightFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code maskrcnn weights diff}. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Compares the tensors of two files of weights in any form: names that only one has, shapes,"
          + " the largest difference of an element and the relative L2 difference. Ends with exit"
          + " code 1 if they differ. The prefix \"module.\" does not count.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn weights diff model.pth model.safetensors",
      "  maskrcnn weights diff a.safetensors b.safetensors --only roi_heads"
    })
final class WeightsDiffCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "A", description = "a file of weights")
  private Path first;

  @Parameters(index = "1", paramLabel = "B", description = "another")
  private Path second;

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "only tensors whose names contain this")
  private String only;

  @Mixin private ExitCodes exitCodes;

  WeightsDiffCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    WeightsComparison all =
        WeightsComparison.of(WeightFile.read(first), WeightFile.read(second)).only(only);
    names(first, all.onlyFirst());
    names(second, all.onlySecond());
    List<Pair> different = all.pairs().stream().filter(p -> !p.same()).toList();
    if (!different.isEmpty()) {
      int width = different.stream().mapToInt(p -> p.name().length()).max().orElse(4);
      String format = "%-" + width + "s  %11s %11s  %s%n";
      console.out().printf(format, "name", "max |a-b|", "rel L2", "type and shape");
      for (Pair p : different) {
        String shapes = p.first().equals(p.second()) ? p.first() : p.first() + " / " + p.second();
        console
            .out()
            .printf(
                format,
                p.name(),
                p.comparable() ? String.format(Locale.ROOT, "%.4g", p.largest()) : "-",
                p.comparable() ? String.format(Locale.ROOT, "%.4g", p.relative()) : "-",
                shapes);
      }
    }
    int same = all.pairs().size() - different.size();
    console
        .out()
        .printf(
            "%s tensors are the same, %s differ, %s are only in the first, %s only in the second%n",
            same, different.size(), all.onlyFirst().size(), all.onlySecond().size());
    return all.same() ? ExitCodes.OK : ExitCodes.WRONG_INPUT;
  }

  private void names(Path file, List<String> names) {
    if (!names.isEmpty()) {
      console.out().printf("only in %s:%n", file);
      names.forEach(name -> console.out().println("  " + name));
    }
  }
}

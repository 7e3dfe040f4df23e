package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.download.WeightCache;
import dev.maskrcnn.detection.download.WeightCatalog;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.weights.CheckpointException;
import dev.maskrcnn.detection.weights.FamilyNames;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.tensor.io.TensorFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code maskrcnn weights list}. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    description = {
      "Lists the names of the original's catalog of weights: what each is, which recipes start from"
          + " it, and whether it was downloaded already, or else where it will be put, also by hand."
          + " Downloads nothing. Other files of weights in the same folder follow, with the family"
          + " (torchvision, detectron2) that their tensors' names tell.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {"  maskrcnn weights list", "  maskrcnn weights list X-101"})
final class WeightsListCommand implements Callable<Integer> {
  private static final int MOST_RECIPES = 3;

  private final Console console;

  @Parameters(
      arity = "0..1",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "only names that contain this")
  private String only;

  @Mixin private ExitCodes exitCodes;

  WeightsListCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<String> names =
        WeightCatalog.builtin().names().stream().filter(n -> n.contains(only)).toList();
    WeightCache cache = WeightCache.ofUser(RunLog.consoleOnly(console.out()));
    List<Path> others =
        cache.others().stream().filter(f -> f.getFileName().toString().contains(only)).toList();
    if (names.isEmpty() && others.isEmpty()) {
      throw new CliException("no name of the catalog contains %s".formatted(only));
    }
    Map<String, List<String>> recipes = recipes();
    int there = 0;
    for (String name : names) {
      Optional<Path> file = cache.find(name);
      there += file.isPresent() ? 1 : 0;
      console.out().println(name);
      console
          .out()
          .printf(
              "    %s; %s%n",
              WeightCatalog.isBodyOnly(name)
                  ? "body, trained on ImageNet"
                  : "whole detector, trained on COCO",
              used(recipes.getOrDefault(name, List.of())));
      console
          .out()
          .println(
              file.map(f -> String.format(Locale.ROOT, "    here: %s (%.1f MiB)", f, mebibytes(f)))
                  .orElseGet(() -> "    not here; goes to " + cache.target(name)));
    }
    others.forEach(this::printOther);
    console.out().printf("%s names, %s of them here%n", names.size(), there);
    return ExitCodes.OK;
  }

  private void printOther(Path file) {
    console.out().println(file);
    console
        .out()
        .printf(
            Locale.ROOT, "    not of the catalog; %s (%.1f MiB)%n", kind(file), mebibytes(file));
  }

  private static double mebibytes(Path file) {
    return file.toFile().length() / 1048576.0;
  }

  /** Whose weights a file holds. */
  private static String kind(Path file) {
    try {
      return FamilyNames.of(WeightFile.read(file))
          .map(family -> "weights of " + family.key())
          .orElse("weights");
    } catch (CheckpointException | TensorFileException e) {
      return "no weights that are known";
    }
  }

  private static String used(List<String> recipes) {
    if (recipes.isEmpty()) {
      return "no recipe names it";
    }
    String some = String.join(", ", recipes.subList(0, Math.min(MOST_RECIPES, recipes.size())));
    int more = recipes.size() - MOST_RECIPES;
    return some + (more > 0 ? " and %s more recipes".formatted(more) : "");
  }

  /** The built-in recipes that name each of the weights. */
  private static Map<String, List<String>> recipes() {
    Map<String, List<String>> out = new LinkedHashMap<>();
    for (String recipe : BuiltinConfigs.names()) {
      String weights = BuiltinConfigs.load(recipe).text("MODEL.WEIGHT");
      out.computeIfAbsent(weights, w -> new ArrayList<>()).add(recipe);
    }
    return out;
  }
}

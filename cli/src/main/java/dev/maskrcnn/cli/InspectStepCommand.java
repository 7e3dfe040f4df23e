package dev.maskrcnn.cli;

import dev.maskrcnn.detection.inspect.Specimen;
import dev.maskrcnn.detection.inspect.StepInspection;
import dev.maskrcnn.detection.inspect.StepReport;
import dev.maskrcnn.tensor.io.AtomicFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code maskrcnn inspect step}. */
@Command(
    name = "step",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Runs one training step and writes down everything: each op with times, shapes, what the"
          + " tape keeps of it, its derivative, statistics of values and gradients, and memory over"
          + " time. The page needs no network and nothing beside it.",
      ""
    },
    footerHeading =
        "%nWithout any of --html, --json, --text and --dot the text is printed.%n%n"
            + "Examples:%n",
    footer = {
      "  maskrcnn inspect step --html step.html",
      "  maskrcnn inspect step --config e2e_mask_rcnn_R_50_FPN_1x \\",
      "      --image photo.jpg --html step.html",
      "  maskrcnn inspect step --weights runs/mine --image a.png \\",
      "      --annotations train.json --html step.html --json step.json"
    })
final class InspectStepCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec;

  @Option(names = "--html", paramLabel = "PAGE", description = "the page to write")
  private Optional<Path> html;

  @Option(names = "--json", paramLabel = "FILE", description = "the data of the page")
  private Optional<Path> json;

  @Option(names = "--text", paramLabel = "FILE", description = "the tape line by line, and tables")
  private Optional<Path> text;

  @Option(names = "--dot", paramLabel = "FILE", description = "the tape as a graph for Graphviz")
  private Optional<Path> dot;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description = "what the step runs on; default: a synthetic scene of shapes")
  private Optional<Path> image;

  @Mixin private SpecimenOptions specimen;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "1",
      description = {
        "steps before the recorded one, in which kernels are compiled (default: ${DEFAULT-VALUE})"
      })
  private int warmUp;

  @Mixin private Overrides overrides;
  @Mixin private ExitCodes exitCodes;

  InspectStepCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (warmUp < 0) {
      throw new ParameterException(spec.commandLine(), "--warm-up: 0 or more, got " + warmUp);
    }
    SpecimenOptions.Chosen chosen = specimen.choose(image, overrides, console);
    try (Specimen s = Specimen.open(chosen.choice())) {
      StepReport report = new StepReport(StepInspection.run(s, warmUp), s, chosen.model());
      html.ifPresent(file -> report.page().write(file));
      json.ifPresent(file -> AtomicFile.writeText(file, report.json()));
      text.ifPresent(file -> AtomicFile.writeText(file, report.text()));
      dot.ifPresent(file -> AtomicFile.writeText(file, report.dot()));
      if (html.isEmpty() && json.isEmpty() && text.isEmpty() && dot.isEmpty()) {
        console.out().print(report.text());
      }
    }
    for (Optional<Path> file : List.of(html, json, text, dot)) {
      file.ifPresent(f -> console.out().println(f));
    }
    return ExitCodes.OK;
  }
}

package dev.maskrcnn.cli;

import dev.maskrcnn.autograd.DerivativeDocument;
import dev.maskrcnn.detection.inspect.ModelGradCheck;
import dev.maskrcnn.detection.inspect.OpInspection;
import dev.maskrcnn.detection.inspect.Specimen;
import dev.maskrcnn.tensor.contract.Catalogue;
import dev.maskrcnn.tensor.contract.OpCase;
import dev.maskrcnn.tensor.op.Op;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code maskrcnn inspect gradcheck}. */
@Command(
    name = "gradcheck",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Checks derivatives by central differences: of every op, of one, or of a whole model. Ops are"
          + " checked in f64 to 1e-6. A model is checked in its own precision, each weight along its"
          + " own gradient, to 5 percent.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn inspect gradcheck",
      "  maskrcnn inspect gradcheck GroupNorm",
      "  maskrcnn inspect gradcheck model",
      "  maskrcnn inspect gradcheck model --config nuclei_gn"
    })
final class InspectGradcheckCommand implements Callable<Integer> {
  private static final double MODEL_TOLERANCE = 0.05;

  private final Console console;

  @Parameters(
      arity = "0..1",
      paramLabel = "OP|model",
      description = "an op, or the word model; default: every op")
  private Optional<String> what;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description = "for a model: what its loss is computed on; default: a synthetic scene")
  private Optional<Path> image;

  @Mixin private SpecimenOptions specimen;
  @Mixin private ExitCodes exitCodes;

  InspectGradcheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (what.isPresent() && what.get().equalsIgnoreCase("model")) {
      model();
      return ExitCodes.OK;
    }
    try (OpInspection inspection = OpInspection.on(List.of("reference"))) {
      List<Class<? extends Op>> ops =
          what.isPresent()
              ? List.<Class<? extends Op>>of(InspectOpCommand.find(what.get()))
              : Catalogue.ops();
      ops.forEach(op -> check(op, inspection));
    }
    return ExitCodes.OK;
  }

  private void check(Class<? extends Op> op, OpInspection inspection) {
    DerivativeDocument derivative = DerivativeDocument.of(op);
    if (!derivative.differentiable()) {
      if (what.isPresent()) {
        throw new CliException(op.getSimpleName() + ": has no derivative: " + derivative.words());
      }
      return;
    }
    double worst = 0;
    List<OpCase> cases = inspection.gradientCases(op);
    for (OpCase c : cases) {
      double error = inspection.gradcheck(c);
      worst = Math.max(worst, error);
      if (what.isPresent()) {
        console.out().printf(Locale.ROOT, "%.1e  %s, %s%n", error, c.op().label(), c.name());
      }
    }
    console
        .out()
        .printf(
            Locale.ROOT,
            "%-28s %3d cases, largest relative difference %.1e%n",
            op.getSimpleName(),
            cases.size(),
            worst);
  }

  private void model() {
    SpecimenOptions.Chosen chosen = specimen.choose(image, Overrides.none(), console);
    try (Specimen s = Specimen.open(chosen.choice())) {
      List<ModelGradCheck.Check> checks =
          ModelGradCheck.run(
              s,
              c ->
                  console
                      .out()
                      .printf(
                          Locale.ROOT,
                          "%-58s slope %10.4e, by differences %10.4e, error %.1e%s%n",
                          c.name(),
                          c.analytic(),
                          c.numeric(),
                          c.error(),
                          c.error() > MODEL_TOLERANCE ? " <--" : ""));
      List<ModelGradCheck.Check> wrong =
          checks.stream().filter(c -> c.error() > MODEL_TOLERANCE).toList();
      console.out().printf("%s: %s weights checked%n", chosen.model(), checks.size());
      if (!wrong.isEmpty()) {
        throw new CliException(
            "gradcheck: %s of %s weights differ by more than %s, the first is %s"
                .formatted(wrong.size(), checks.size(), MODEL_TOLERANCE, wrong.get(0).name()));
      }
    }
  }
}

package dev.maskrcnn.cli;

import dev.maskrcnn.autograd.DerivativeDocument;
import dev.maskrcnn.detection.inspect.OpInspection;
import dev.maskrcnn.tensor.contract.Catalogue;
import dev.maskrcnn.tensor.contract.OpCase;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.OpDocument;
import dev.maskrcnn.tensor.shape.Spec;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code maskrcnn inspect op}. */
@Command(
    name = "op",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Shows all of one op: record, meaning, shapes, derivative and its gradient check, and on each"
          + " backend the source files of its kernel, the types it takes and its error against the"
          + " reference. Checks and errors are computed on the spot.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {"  maskrcnn inspect op RoiAlign", "  maskrcnn inspect op conv2d --device cpu"})
final class InspectOpCommand implements Callable<Integer> {
  private static final int SHAPES = 3;

  private final Console console;

  @Parameters(paramLabel = "NAME", description = "an op (maskrcnn inspect ops lists all)")
  private String name;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "a backend to run it on, may be repeated; default: all that can be opened")
  private List<String> devices = List.of();

  @Mixin private ExitCodes exitCodes;

  InspectOpCommand(Console console) {
    this.console = console;
  }

  /** The op of a name. */
  static Class<? extends Op> find(String name) {
    return OpInspection.find(name)
        .orElseThrow(
            () -> {
              String part = name.toLowerCase(Locale.ROOT);
              String near =
                  Catalogue.ops().stream()
                      .map(Class::getSimpleName)
                      .filter(n -> n.toLowerCase(Locale.ROOT).contains(part))
                      .collect(Collectors.joining(", "));
              return new CliException(
                  "%s: no op has this name; %s"
                      .formatted(
                          name,
                          near.isEmpty()
                              ? "maskrcnn inspect ops lists all"
                              : "names that contain it: " + near));
            });
  }

  @Override
  public Integer call() {
    Class<? extends Op> op = find(name);
    try (OpInspection inspection = OpInspection.on(devices)) {
      document(op);
      shapes(op, inspection);
      boolean sound = derivative(op, inspection);
      for (OpInspection.OnBackend b : inspection.backends(op)) {
        sound &= backend(b);
      }
      inspection.closed().forEach(c -> fact(c.device(), "cannot be opened: " + c.reason()));
      if (!sound) {
        throw new CliException(op.getSimpleName() + ": a backend is beyond the tolerance");
      }
    }
    return ExitCodes.OK;
  }

  private void document(Class<? extends Op> op) {
    OpDocument d = OpDocument.of(op);
    fact("record", d.record());
    fact("family", d.family() + ", " + d.file() + ":" + d.line());
    fact("meaning", d.text());
    fact("benchmark", OpInspection.benchmark(op));
  }

  private void shapes(Class<? extends Op> op, OpInspection inspection) {
    inspection.cases(op).stream()
        .limit(SHAPES)
        .forEach(
            c -> {
              List<Spec> in = c.inputs().stream().map(Operand::spec).toList();
              fact("for example", c.op().label());
              fact("", in + " → " + c.op().infer(in));
            });
  }

  private boolean derivative(Class<? extends Op> op, OpInspection inspection) {
    DerivativeDocument d = DerivativeDocument.of(op);
    if (!d.differentiable()) {
      fact("derivative", "none: " + d.words() + ", " + d.file() + ":" + d.line());
      return true;
    }
    fact("derivative", d.formula());
    fact("", d.words());
    if (!d.constants().isEmpty()) {
      fact("", "constant inputs: " + d.constants());
    }
    fact("", d.file() + ":" + d.line());
    d.rule().lines().forEach(line -> console.out().printf("%-14s  %s%n", "", line));
    List<OpCase> cases = inspection.gradientCases(op);
    double worst = cases.stream().mapToDouble(inspection::gradcheck).max().orElse(0);
    fact(
        "gradcheck",
        String.format(
            Locale.ROOT,
            "%d cases in f64, largest relative difference %.1e (1e-6 allowed)",
            cases.size(),
            worst));
    return true;
  }

  private boolean backend(OpInspection.OnBackend b) {
    if (b.source().isEmpty()) {
      fact(b.device(), "no kernel: " + b.absent());
      return true;
    }
    List<String> files = b.source().get().files();
    for (int i = 0; i < files.size(); i++) {
      fact(i == 0 ? b.device() : "", files.get(i));
    }
    boolean within = true;
    if (b.device().equals("reference")) {
      fact("", "takes " + types(b) + ", and is the definition that the others are compared with");
      return true;
    }
    for (OpInspection.Measured m : b.measured()) {
      boolean judged = m.judged();
      within &= !judged || m.within();
      fact(
          "",
          String.format(
              Locale.ROOT,
              "%-4s %3d cases, largest error %.1e%s%s",
              m.type(),
              m.cases(),
              m.relative(),
              m.integers() == 0 ? "" : ", " + m.integers() + " integers differ",
              judged ? m.within() ? ", within tolerance" : ", BEYOND TOLERANCE" : ""));
    }
    return within;
  }

  /** The types that a kernel takes. */
  static String types(OpInspection.OnBackend b) {
    return b.measured().stream().map(m -> m.type()).collect(Collectors.joining(" "));
  }

  private void fact(String label, String text) {
    print(console.out(), label, text);
  }

  /** A label and text that is broken at 80 columns. */
  static void print(PrintStream out, String label, String text) {
    String first = label;
    StringBuilder line = new StringBuilder();
    for (String word : text.split("\\s+")) {
      if (line.length() > 0 && line.length() + 1 + word.length() > 64) {
        out.printf("%-14s  %s%n", first, line);
        first = "";
        line.setLength(0);
      }
      line.append(line.length() == 0 ? "" : " ").append(word);
    }
    out.printf("%-14s  %s%n", first, line);
  }
}

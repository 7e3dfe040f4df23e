package dev.maskrcnn.cli;

import dev.maskrcnn.autograd.DerivativeDocument;
import dev.maskrcnn.detection.inspect.OpInspection;
import dev.maskrcnn.tensor.contract.Catalogue;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.OpDocument;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code maskrcnn inspect ops}. */
@Command(
    name = "ops",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    description = {
      "Lists the catalogue of ops: whether each is differentiable, and which types its kernel takes"
          + " on each backend, found by running its cases there.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {"  maskrcnn inspect ops", "  maskrcnn inspect ops --device cpu"})
final class InspectOpsCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "a backend, may be repeated; default: all that can be opened")
  private List<String> devices = List.of();

  @Mixin private ExitCodes exitCodes;

  InspectOpsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    try (OpInspection inspection = OpInspection.on(devices)) {
      List<String> names = inspection.devices();
      StringBuilder head =
          new StringBuilder("%-28s %-17s %-10s".formatted("op", "family", "derivative"));
      names.forEach(n -> head.append(" %-18s".formatted(n)));
      console.out().println(head.toString().stripTrailing());
      for (Class<? extends Op> op : Catalogue.ops()) {
        StringBuilder row =
            new StringBuilder(
                "%-28s %-17s %-10s"
                    .formatted(
                        op.getSimpleName(),
                        OpDocument.of(op).family(),
                        DerivativeDocument.of(op).differentiable() ? "rule" : "-"));
        for (String types : inspection.types(op)) {
          row.append(" %-18s".formatted(types.isEmpty() ? "-" : types));
        }
        console.out().println(row.toString().stripTrailing());
      }
      console.out().printf("%s ops%n", Catalogue.ops().size());
      inspection
          .closed()
          .forEach(c -> console.out().printf("%s cannot be opened: %s%n", c.device(), c.reason()));
    }
    return ExitCodes.OK;
  }
}

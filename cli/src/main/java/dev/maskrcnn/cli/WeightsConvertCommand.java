package dev.maskrcnn.cli;

import dev.maskrcnn.detection.weights.WeightConversion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code maskrcnn weights convert}. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Writes weights in another form: safetensors, or a .pth that PyTorch reads ({\"model\": state"
          + " dict}, with the iteration if it is known). Values, types and shapes stay; momentum is"
          + " left out. Weights of torchvision and detectron2 need their conventions as well, which"
          + " weights import notes and this does not; detectron2's classes get the original's"
          + " order, the background first.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn weights convert runs/mine/model_final.safetensors model.pth",
      "  maskrcnn weights convert R-50.pkl R-50.safetensors"
    })
final class WeightsConvertCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "IN",
      description = "a file of weights: safetensors, PyTorch or Detectron")
  private Path in;

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "the new file; .safetensors or .pth decides the form")
  private Path out;

  @Option(
      names = "--names",
      paramLabel = "NAMES",
      defaultValue = "maskrcnn",
      description =
          "maskrcnn: names of maskrcnn-benchmark, from those of torchvision, Detectron and"
              + " detectron2; keep: as they are (default: ${DEFAULT-VALUE})")
  private WeightConversion.Names names;

  @Mixin private ExitCodes exitCodes;

  WeightsConvertCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!Files.isRegularFile(in)) {
      throw new CliException("%s: no such file; check the path".formatted(in));
    }
    int tensors = WeightConversion.convert(in, out, names);
    console.out().printf("%s tensors written to %s%n", tensors, out);
    return ExitCodes.OK;
  }
}

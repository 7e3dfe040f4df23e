package dev.maskrcnn.cli;

import dev.maskrcnn.detection.weights.TorchvisionImport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code maskrcnn weights import}. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Takes over the weights of another family of Mask R-CNN with its conventions: predict and"
          + " eval then give that family's detections, without --config. torchvision:"
          + " maskrcnn_resnet50_fpn, fasterrcnn_resnet50_fpn (not v2), also on a ResNet-101.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn weights import mine.pth mine.safetensors --family torchvision",
      "  maskrcnn weights import maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth \\",
      "      coco.safetensors --family torchvision --norm-epsilon 0",
      "  maskrcnn predict photo.jpg --weights coco.safetensors"
    })
final class WeightsImportCommand implements Callable<Integer> {
  /** Families whose weights are imported. */
  enum Family {
    /** {@code torchvision.models.detection}. */
    TORCHVISION
  }

  private final Console console;

  @Parameters(index = "0", paramLabel = "IN", description = "state dict of the other program")
  private Path in;

  @Parameters(index = "1", paramLabel = "OUT", description = "the new file, .safetensors")
  private Path out;

  @Option(
      names = "--family",
      required = true,
      paramLabel = "FAMILY",
      description = "whose weights they are: torchvision")
  private Family family;

  @Option(
      names = "--norm-epsilon",
      paramLabel = "E",
      defaultValue = "1e-5",
      description =
          "epsilon of the frozen norms (default: ${DEFAULT-VALUE}, as torchvision constructs models;"
              + " 0 for its published weights of COCO)")
  private double normEpsilon;

  @Mixin private ExitCodes exitCodes;

  WeightsImportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!Files.isRegularFile(in)) {
      throw new CliException("%s: no such file; check the path".formatted(in));
    }
    if (!out.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors")) {
      throw new CliException(out + ": expected a name that ends with .safetensors");
    }
    if (!(normEpsilon >= 0 && normEpsilon < 1)) {
      throw new CliException("--norm-epsilon: a number from 0 to 1, got " + normEpsilon);
    }
    int tensors = TorchvisionImport.run(in, out, normEpsilon);
    console
        .out()
        .printf(
            "%d tensors written to %s, with the conventions of %s%n",
            tensors, out, family.name().toLowerCase(Locale.ROOT));
    return ExitCodes.OK;
  }
}

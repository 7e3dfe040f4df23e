package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.detection.weights.WeightImport;
import java.nio.file.Files;
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
          + " maskrcnn_resnet50_fpn, fasterrcnn_resnet50_fpn (not v2), also on a ResNet-101 or"
          + " ResNeXt-101. detectron2: Mask R-CNN and Faster R-CNN on ResNet-50, ResNet-101 and"
          + " ResNeXt-101 with FPN, .pkl of its model zoo or .pth of a training run. Widths and"
          + " classes follow from the tensors; what else a model has of its own is given with"
          + " --set.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn weights import mine.pth mine.safetensors",
      "  maskrcnn weights import maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth \\",
      "      coco.safetensors --family torchvision",
      "  maskrcnn weights import model_final_f10217.pkl coco.safetensors --family detectron2",
      "  maskrcnn weights import model_final.pth cells.safetensors \\",
      "      --set \"MODEL.RPN.ANCHOR_SIZES=(16, 32, 64, 128, 256)\"",
      "  maskrcnn predict photo.jpg --weights coco.safetensors"
    })
final class WeightsImportCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "IN", description = "state dict of the other program")
  private Path in;

  @Parameters(index = "1", paramLabel = "OUT", description = "the new file, .safetensors")
  private Path out;

  @Option(
      names = "--family",
      paramLabel = "FAMILY",
      description =
          "whose weights they are: torchvision, detectron2; default: told from the tensors' names")
  private Optional<Family> family = Optional.empty();

  @Option(
      names = "--norm-epsilon",
      paramLabel = "E",
      description =
          "epsilon of the frozen norms (default: 0 for torchvision's published weights of COCO,"
              + " which are recognised; else 1e-5, as both families construct models)")
  private Optional<Double> normEpsilon = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = {
        "a setting of the model that is not as the family publishes it, as in",
        "MODEL.RESNETS.STRIDE_IN_1X1=False (maskrcnn config keys lists all)"
      })
  private Map<String, String> settings = new LinkedHashMap<>();

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
    if (normEpsilon.isPresent() && !(normEpsilon.get() >= 0 && normEpsilon.get() < 1)) {
      throw new CliException("--norm-epsilon: a number from 0 to 1, got " + normEpsilon.get());
    }
    WeightImport.Outcome done = WeightImport.run(in, out, family, this::changed);
    done.notes().forEach(console::note);
    console
        .out()
        .printf(
            "%s tensors written to %s, with the conventions of %s%n",
            done.tensors(), out, done.family().key());
    return ExitCodes.OK;
  }

  private Config changed(Config config) {
    List<String> words = new ArrayList<>();
    settings.forEach((key, value) -> words.addAll(List.of(key, value)));
    Config own =
        normEpsilon.isPresent()
            ? config.with("MODEL.RESNETS.FROZEN_NORM_EPSILON", normEpsilon.get())
            : config;
    return own.merge(words);
  }
}

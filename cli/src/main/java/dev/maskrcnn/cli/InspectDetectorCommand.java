package dev.maskrcnn.cli;

import dev.maskrcnn.detection.inspect.DetectorInspection;
import dev.maskrcnn.detection.inspect.Specimen;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code maskrcnn inspect detector}. */
@Command(
    name = "detector",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Shows the stages of a detector on one image as pictures: pyramid, objectness, anchors,"
          + " proposals before and after NMS, levels, sampled regions, RoIAlign's points, masks and"
          + " detections. With annotations also what training compares with the truth.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn inspect detector photo.jpg --weights runs/mine \\",
      "      --html stages.html",
      "  maskrcnn inspect detector a.png --weights runs/mine \\",
      "      --annotations val.json --html stages.html"
    })
final class InspectDetectorCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "IMAGE", description = "an image (JPEG, PNG, BMP, GIF)")
  private Path image;

  @Option(names = "--html", paramLabel = "PAGE", required = true, description = "the page to write")
  private Path html;

  @Mixin private SpecimenOptions specimen;
  @Mixin private ExitCodes exitCodes;

  InspectDetectorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    SpecimenOptions.Chosen chosen = specimen.choose(Optional.of(image), Overrides.none(), console);
    try (Specimen s = Specimen.open(chosen.choice())) {
      DetectorInspection.page(s, chosen.model()).write(html);
    }
    console.out().println(html);
    return ExitCodes.OK;
  }
}

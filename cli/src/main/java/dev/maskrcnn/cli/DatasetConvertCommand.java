package dev.maskrcnn.cli;

import dev.maskrcnn.detection.convert.Conversion;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code maskrcnn dataset convert}. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Makes a file in COCO's format of the annotations of labelme, VGG Image Annotator 2 (via),"
          + " Pascal VOC or Cityscapes.",
      "",
      "A shape that is wrong is left out and listed with file and number. The same input gives the"
          + " same file, ids included.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn dataset convert --from labelme --input photos/ --output train.json",
      "  maskrcnn dataset convert --from via --input via_project.json \\",
      "      --images photos/ --attribute class --output train.json",
      "  maskrcnn dataset convert --from voc --input VOCdevkit/VOC2012 --split train \\",
      "      --masks --output voc_2012_train.json",
      "  maskrcnn dataset convert --from cityscapes --input gtFine/train \\",
      "      --output cityscapes_train.json"
    })
final class DatasetConvertCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--from",
      paramLabel = "FORMAT",
      required = true,
      description = "labelme, via, voc or cityscapes")
  private Conversion.Format format;

  @Option(
      names = "--input",
      paramLabel = "PATH",
      required = true,
      description = "folder of the annotations; for via its JSON file")
  private Path input;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "file to write, JSON in COCO's format")
  private Path output;

  @Option(
      names = "--images",
      paramLabel = "DIR",
      description = "for via: folder of the images; default: that of the JSON file")
  private Optional<Path> images;

  @Option(
      names = "--attribute",
      paramLabel = "NAME",
      description = "for via: the attribute of regions that is the category")
  private Optional<String> attribute;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = "for voc: list in ImageSets; default: trainval")
  private Optional<String> split;

  @Option(
      names = "--masks",
      description = "for voc: the images with instance masks, instead of all with boxes")
  private boolean masks;

  @Mixin private ExitCodes exitCodes;

  DatasetConvertCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Conversion.Result result =
        Conversion.run(
            new Conversion.Request(format, input, images, attribute, split, masks), output);
    result.defects().forEach(defect -> console.note("left out: " + defect));
    console
        .out()
        .printf(
            "%s: %s images, %s objects, %s categories%n",
            output, result.images(), result.objects(), result.categories());
    return ExitCodes.OK;
  }
}

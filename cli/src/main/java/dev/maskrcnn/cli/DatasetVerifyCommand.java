package dev.maskrcnn.cli;

import dev.maskrcnn.detection.coco.AnnotationDefects;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoFormatException;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.download.DatasetArchives;
import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.log.RunLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code maskrcnn dataset verify}. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Lists every defect of an annotation file, one a line with file, image id and annotation id:"
          + " what training refuses, and what it tolerates but a careful eye should see.",
      "",
      "With --images it looks for the image files, with --read-images it also decodes them. The"
          + " exit code is 1 if there is any defect.",
      "",
      "With --archives it compares the checksums of downloaded archives instead.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn dataset verify --annotations train.json",
      "  maskrcnn dataset verify --annotations train.json --images train/ \\",
      "      --read-images",
      "  maskrcnn dataset verify --archives /data/coco"
    })
final class DatasetVerifyCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec;

  @ArgGroup(exclusive = true, multiplicity = "0..1")
  private DatasetChoice choice;

  @Option(
      names = "--archives",
      paramLabel = "DIR",
      description = "or a folder of downloaded archives")
  private Optional<Path> archives;

  @Mixin private ArchiveOptions which;

  @Option(
      names = "--read-images",
      description = "decode each image too, and compare its size with the file's")
  private boolean readImages;

  @Mixin private ExitCodes exitCodes;

  DatasetVerifyCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (archives.isPresent() == (choice != null)) {
      throw new ParameterException(
          spec.commandLine(),
          "one of --annotations FILE, --dataset NAME, --archives DIR is needed");
    }
    return archives.isPresent() ? archives(archives.get()) : annotations();
  }

  private Integer archives(Path folder) {
    DatasetArchives there = new DatasetArchives(folder, RunLog.consoleOnly(console.out()));
    long bad = 0;
    for (DatasetArchives.Archive archive : which.chosen(Optional.empty())) {
      DatasetArchives.State state = there.state(archive);
      console.out().printf("%s: %s%n", there.file(archive), state);
      bad += state == DatasetArchives.State.WRONG || state == DatasetArchives.State.MISSING ? 1 : 0;
    }
    if (bad > 0) {
      throw new CliException(
          "%s: %d archives are missing or wrong, listed above; maskrcnn dataset download gets them"
              .formatted(folder, bad));
    }
    return ExitCodes.OK;
  }

  private Integer annotations() {
    DatasetChoice.Chosen chosen = choice.chosen();
    if (readImages && chosen.images().isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--read-images: needs --images DIR");
    }
    if (!Files.isRegularFile(chosen.annotations())) {
      throw new CliException(
          "%s: no such annotation file; check the path".formatted(chosen.annotations()));
    }
    List<AnnotationDefects.Defect> defects =
        AnnotationDefects.check(chosen.annotations(), chosen.images().orElse(null));
    defects.forEach(defect -> console.out().println(defect.line()));
    long images = readImages ? unreadable(chosen) : 0;
    if (defects.isEmpty() && images == 0) {
      console.out().printf("%s: no defects%n", chosen.annotations());
      return ExitCodes.OK;
    }
    long count = defects.size() + images;
    throw new CliException(
        "%s: %d %s, listed above"
            .formatted(chosen.annotations(), count, count == 1 ? "defect" : "defects"));
  }

  /** Prints the images that cannot be read or have another size than the file says. */
  private long unreadable(DatasetChoice.Chosen chosen) {
    CocoDataset dataset;
    try {
      dataset = CocoDataset.load(chosen.annotations(), chosen.images().orElseThrow());
    } catch (CocoFormatException e) {
      console.note("the images were not read, since the annotations cannot be used as they are");
      return 0;
    }
    List<String> problems =
        dataset.images().parallelStream()
            .filter(image -> Files.isRegularFile(dataset.imagePath(image)))
            .map(image -> problem(dataset, image, chosen.annotations()))
            .filter(Objects::nonNull)
            .toList();
    problems.forEach(console.out()::println);
    return problems.size();
  }

  private static String problem(CocoDataset dataset, CocoImage image, Path annotations) {
    String where = annotations + ": image " + image.id() + ": ";
    try {
      RgbImage read = ImageReader.read(dataset.imagePath(image));
      return read.width() == image.width() && read.height() == image.height()
          ? null
          : "%s%s has %dx%d pixels, the annotations say %dx%d (width x height)"
              .formatted(
                  where,
                  image.fileName(),
                  read.width(),
                  read.height(),
                  image.width(),
                  image.height());
    } catch (ImageFormatException e) {
      return where + e.getMessage();
    }
  }
}

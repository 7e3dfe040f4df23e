package dev.maskrcnn.cli;

import dev.maskrcnn.detection.coco.AnnotationDefects;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.download.DatasetArchives;
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
  private static final int MOST_NAMED = 5;

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

  @Mixin private ImageFiles files;

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
          "%s: %s archives are missing or wrong, listed above; maskrcnn dataset download gets them"
              .formatted(folder, bad));
    }
    return ExitCodes.OK;
  }

  private Integer annotations() {
    DatasetChoice.Chosen chosen = choice.chosen();
    if (files.read && chosen.images().isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--read-images: needs --images DIR");
    }
    if (!Files.isRegularFile(chosen.annotations())) {
      throw new CliException(
          "%s: no such annotation file; check the path".formatted(chosen.annotations()));
    }
    AnnotationDefects.Found found =
        AnnotationDefects.check(chosen.annotations(), chosen.images().orElse(null));
    found.defects().forEach(defect -> console.line(defect.line()));
    int unread = files.read ? unreadable(found.images(), chosen) : 0;
    int count = found.defects().size() + unread;
    if (count == 0) {
      console.out().printf("%s: no defects%n", chosen.annotations());
      return ExitCodes.OK;
    }
    throw new CliException(
        "%s: %s %s, listed above; maskrcnn dataset clean writes a copy without"
            .formatted(chosen.annotations(), count, count == 1 ? "defect" : "defects"));
  }

  /** Prints the images that cannot be read or have another size than the file says. */
  private int unreadable(List<CocoImage> images, DatasetChoice.Chosen chosen) {
    Path folder = chosen.images().orElseThrow();
    List<CocoImage> there =
        images.stream().filter(i -> Files.isRegularFile(folder.resolve(i.fileName()))).toList();
    List<String> problems =
        there.parallelStream()
            .map(
                image ->
                    Optional.ofNullable(files.problem(image, folder))
                        .map(p -> chosen.annotations() + ": image " + image.id() + ": " + p)
                        .orElse(null))
            .filter(Objects::nonNull)
            .toList();
    problems.forEach(console::line);
    List<String> turned =
        there.parallelStream().map(i -> files.turn(i, folder)).filter(Objects::nonNull).toList();
    if (!turned.isEmpty()) {
      console.note(
          "%s %s turned upright by EXIF: %s%s"
              .formatted(
                  turned.size(),
                  turned.size() == 1 ? "photo is" : "photos are",
                  String.join(", ", turned.subList(0, Math.min(MOST_NAMED, turned.size()))),
                  turned.size() > MOST_NAMED ? ", …" : ""));
    }
    return problems.size();
  }
}

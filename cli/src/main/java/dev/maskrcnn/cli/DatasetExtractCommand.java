package dev.maskrcnn.cli;

import dev.maskrcnn.detection.download.DatasetArchives;
import dev.maskrcnn.detection.download.ZipExtraction;
import dev.maskrcnn.detection.log.RunLog;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code maskrcnn dataset extract}. */
@Command(
    name = "extract",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Unpacks the archives that dataset download got. Started again it leaves alone what is there"
          + " with the right size.",
      "",
      "The built-in catalog expects COCO in /datasets/data; elsewhere name the folders, or a"
          + " catalog file of your own.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn dataset extract --archives /data/coco",
      "  maskrcnn dataset extract --archives /data/coco \\",
      "      --output-dir /datasets/data --only val2017"
    })
final class DatasetExtractCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--archives",
      paramLabel = "DIR",
      required = true,
      description = "folder of the archives")
  private Path folder;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = "folder to unpack into; default: that of the archives")
  private Optional<Path> target;

  @Mixin private ArchiveOptions archives;
  @Mixin private ExitCodes exitCodes;

  DatasetExtractCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    DatasetArchives there = new DatasetArchives(folder, RunLog.consoleOnly(console.out()));
    Path into = target.orElse(folder);
    for (DatasetArchives.Archive archive : archives.chosen(Optional.empty())) {
      ZipExtraction.Counts counts = there.extract(archive, into);
      console
          .out()
          .printf(
              "%s: %s files unpacked, %s were there%n",
              archive.file(), counts.written(), counts.skipped());
    }
    console.out().println("EXTRACTION COMPLETE"); // the words of the original's script
    return ExitCodes.OK;
  }
}

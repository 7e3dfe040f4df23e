package dev.maskrcnn.cli;

import dev.maskrcnn.detection.download.DatasetArchives;
import dev.maskrcnn.detection.log.RunLog;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code maskrcnn dataset download}. */
@Command(
    name = "download",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Downloads the archives of COCO and compares their checksums (25 GB for coco2017). Started"
          + " again it goes on where it ended; archives that are there and right are left alone.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn dataset download --output-dir /data/coco",
      "  maskrcnn dataset download --output-dir /data/coco --only val2017 \\",
      "      --only annotations_trainval2017",
      "  maskrcnn dataset extract --archives /data/coco"
    })
final class DatasetDownloadCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      required = true,
      description = "folder of the archives")
  private Path folder;

  @Mixin private ArchiveOptions archives;

  @Option(
      names = "--base-url",
      paramLabel = "URL",
      description = "a mirror with the paths of http://images.cocodataset.org")
  private Optional<String> mirror;

  @Mixin private ExitCodes exitCodes;

  DatasetDownloadCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<DatasetArchives.Archive> chosen = archives.chosen(mirror);
    OutputFolder.prepare(folder);
    DatasetArchives there = new DatasetArchives(folder, RunLog.consoleOnly(console.out()));
    chosen.forEach(there::fetch);
    console.out().println("DOWNLOAD PASSED"); // the word of the original's script
    console.out().printf("next: maskrcnn dataset extract --archives %s%n", folder);
    return ExitCodes.OK;
  }
}

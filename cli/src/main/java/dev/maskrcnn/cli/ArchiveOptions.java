package dev.maskrcnn.cli;

import dev.maskrcnn.detection.download.DatasetArchives;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which archives a command is about (a mixin). */
final class ArchiveOptions {
  @Option(
      names = "--set",
      paramLabel = "NAME",
      defaultValue = "coco2017",
      description = "coco2017 or coco2014; default: ${DEFAULT-VALUE}")
  private String set;

  @Option(
      names = "--only",
      paramLabel = "NAME",
      description = "one of its archives, as val2017; may be repeated; default: all")
  private List<String> only = new ArrayList<>();

  /**
   * The archives that are meant.
   *
   * @param mirror address to use in place of the usual server's
   * @throws CliException if the set has none of that name
   */
  List<DatasetArchives.Archive> chosen(Optional<String> mirror) {
    List<DatasetArchives.Archive> all = DatasetArchives.of(set, mirror);
    List<String> names = all.stream().map(a -> stem(a.file())).toList();
    for (String name : only) {
      if (!names.contains(stem(name))) {
        throw new CliException(
            "--only: %s has no archive %s; it has %s"
                .formatted(set, name, String.join(", ", names)));
      }
    }
    List<String> wanted = only.stream().map(ArchiveOptions::stem).toList();
    return only.isEmpty()
        ? all
        : all.stream().filter(a -> wanted.contains(stem(a.file()))).toList();
  }

  private static String stem(String file) {
    return file.replaceFirst("\\.zip$", "");
  }
}

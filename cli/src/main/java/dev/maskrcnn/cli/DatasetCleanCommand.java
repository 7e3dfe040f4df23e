package dev.maskrcnn.cli;

import dev.maskrcnn.detection.coco.CleanCopy;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code maskrcnn dataset clean}. */
@Command(
    name = "clean",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Writes a copy of an annotation file in which dataset verify finds no defect, and prints each"
          + " change: what was repaired, clipped or left out.",
      "",
      "Boxes and areas that do not fit are taken from the outlines. With --images, images without"
          + " a file are left out with their objects; with --read-images also those that cannot be"
          + " decoded or are of another size.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn dataset clean --annotations train.json --output train_clean.json",
      "  maskrcnn dataset clean --annotations train.json --images train/ \\",
      "      --read-images --output train_clean.json"
    })
final class DatasetCleanCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private DatasetChoice choice;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "file to write, JSON in COCO's format")
  private Path output;

  @Mixin private ImageFiles files;
  @Mixin private ExitCodes exitCodes;

  DatasetCleanCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    DatasetChoice.Chosen chosen = choice.chosen();
    if (files.read && chosen.images().isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--read-images: needs --images DIR");
    }
    Path input = chosen.annotations().toAbsolutePath().normalize();
    if (input.equals(output.toAbsolutePath().normalize())) {
      throw new CliException(output + ": is the input; name another file, to keep what it holds");
    }
    if (!Files.isRegularFile(input)) {
      throw new CliException(
          "%s: no such annotation file; check the path".formatted(chosen.annotations()));
    }
    CleanCopy.Result clean =
        CleanCopy.of(
            chosen.annotations(),
            image ->
                chosen.images().isPresent() ? files.problem(image, chosen.images().get()) : null);
    clean.changes().forEach(console::line);
    CocoDataset set = clean.set();
    if (set.images().isEmpty() || set.categories().isEmpty()) {
      throw new CliException(
          "%s: nothing sound is left (%s images, %s categories); no file was written"
              .formatted(chosen.annotations(), set.images().size(), set.categories().size()));
    }
    CocoFile.write(output, set);
    console
        .out()
        .printf(
            "%s: %s images, %s objects, %s categories; %s changes%n",
            output,
            set.images().size(),
            set.annotationCount(),
            set.categories().size(),
            clean.changes().size());
    return ExitCodes.OK;
  }
}

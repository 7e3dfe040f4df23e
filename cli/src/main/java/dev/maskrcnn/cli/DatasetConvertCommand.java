package dev.maskrcnn.cli;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.convert.Conversion;
import dev.maskrcnn.detection.convert.Converter;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code maskrcnn dataset convert}. The options of the single formats are those that the converters
 * name.
 */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Makes a file in COCO's format of the annotations of labelme, VGG Image Annotator (via), YOLO,"
          + " Pascal VOC, Cityscapes, or of masks as images.",
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
      "      --output cityscapes_train.json",
      "  maskrcnn dataset convert --from masks --input stage1_train/ --category nucleus \\",
      "      --output nuclei.json",
      "  maskrcnn dataset convert --from yolo --input data.yaml --split val \\",
      "      --output val.json"
    })
final class DatasetConvertCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      paramLabel = "FORMAT",
      required = true,
      description = "labelme, via, voc, cityscapes, masks or yolo")
  private String format;

  @Option(
      names = "--input",
      paramLabel = "PATH",
      required = true,
      description = "what to convert; what it names depends on the format")
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
      description = "folder of the images, where the annotations do not lie beside them")
  private Optional<Path> images;

  @Option(
      names = "--categories",
      paramLabel = "FILE|NAMES",
      description = {
        "the categories in the order of their ids, so that several files get the same: names with"
            + " commas between them, a text file with one a line, or a file in COCO's format;"
            + " default: those that occur, sorted"
      })
  private Optional<String> categories;

  @Mixin private ExitCodes exitCodes;

  DatasetConvertCommand(Console console) {
    this.console = console;
  }

  /** The command with the options of all converters. */
  static CommandLine with(Console console) {
    CommandLine line = new CommandLine(new DatasetConvertCommand(console));
    Map<String, OptionSpec.Builder> options = new LinkedHashMap<>();
    for (Converter converter : Conversion.CONVERTERS) {
      for (Converter.Choice choice : converter.choices()) {
        String help = "for %s: %s".formatted(converter.name(), choice.help());
        OptionSpec.Builder option = options.get(choice.name());
        if (option == null) {
          boolean flag = choice.value().isEmpty();
          options.put(
              choice.name(),
              OptionSpec.builder(choice.name())
                  .paramLabel(choice.value())
                  .arity(flag ? "0" : "1")
                  .type(flag ? boolean.class : String.class)
                  .description(help));
        } else {
          option.description(option.description()[0] + "; " + help);
        }
      }
    }
    options.values().forEach(option -> line.getCommandSpec().addOption(option.build()));
    return line;
  }

  @Override
  public Integer call() {
    Converter converter = converter();
    Converter.Request request =
        new Converter.Request(input, images, categories(), choices(converter));
    Conversion.Result result = Conversion.run(converter, request, output);
    result.defects().forEach(defect -> console.note("left out: " + defect));
    console
        .out()
        .printf(
            "%s: %s images, %s objects, %s categories%n",
            output, result.images(), result.objects(), result.categories());
    return ExitCodes.OK;
  }

  private Converter converter() {
    return Conversion.CONVERTERS.stream()
        .filter(c -> c.name().equalsIgnoreCase(format))
        .findFirst()
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "--from %s: expected one of %s"
                        .formatted(
                            format,
                            Conversion.CONVERTERS.stream()
                                .map(Converter::name)
                                .collect(Collectors.joining(", ")))));
  }

  /** The converter's own options that were given; those of others are refused. */
  private Map<String, String> choices(Converter converter) {
    List<String> own = converter.choices().stream().map(Converter.Choice::name).toList();
    Map<String, String> out = new LinkedHashMap<>();
    for (Converter other : Conversion.CONVERTERS) {
      for (Converter.Choice choice : other.choices()) {
        Object value = spec.commandLine().getParseResult().matchedOptionValue(choice.name(), null);
        if (value != null && !own.contains(choice.name())) {
          throw new ParameterException(
              spec.commandLine(),
              "%s: is not for --from %s".formatted(choice.name(), converter.name()));
        }
        if (value != null) {
          out.put(choice.name(), choice.value().isEmpty() ? "" : value.toString());
        }
      }
    }
    return out;
  }

  private List<String> categories() {
    if (categories.isEmpty()) {
      return List.of();
    }
    String given = categories.get();
    Path file = Path.of(given);
    List<String> names;
    if (!Files.isRegularFile(file)) {
      names = Arrays.asList(given.split(","));
    } else if (given.endsWith(".json")) {
      names =
          CocoDataset.load(file, file.toAbsolutePath().getParent()).categories().stream()
              .map(CocoCategory::name)
              .toList();
    } else {
      try {
        names = Files.readAllLines(file);
      } catch (IOException e) {
        throw new CliException(
            "--categories %s: cannot be read: %s".formatted(file, FileFailure.reason(e)), e);
      }
    }
    names = names.stream().map(String::strip).filter(n -> !n.isEmpty()).toList();
    if (names.isEmpty() || names.stream().distinct().count() < names.size()) {
      throw new CliException(
          "--categories %s: %s"
              .formatted(given, names.isEmpty() ? "names none" : "names one twice"));
    }
    return names;
  }
}

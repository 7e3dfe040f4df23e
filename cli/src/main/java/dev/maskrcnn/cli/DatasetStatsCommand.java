package dev.maskrcnn.cli;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.DatasetStatistics;
import dev.maskrcnn.detection.coco.TrainingRule;
import dev.maskrcnn.detection.draw.Charts;
import dev.maskrcnn.detection.draw.Histogram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code maskrcnn dataset stats}. */
@Command(
    name = "stats",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Counts images, objects and categories of a data set; prints a table and draws histograms of"
          + " sizes, aspects and objects per image.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn dataset stats --annotations instances_val2017.json",
      "  maskrcnn dataset stats --dataset coco_2017_val --output-dir stats/"
    })
final class DatasetStatsCommand implements Callable<Integer> {
  private static final int BINS = 40;

  private final Console console;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private DatasetChoice choice;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = "folder of the charts (PNG); default: output/stats/NAME of the data set")
  private Optional<Path> outputDir;

  @Mixin private ExitCodes exitCodes;

  DatasetStatsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    DatasetChoice.Chosen chosen = choice.chosen();
    CocoDataset dataset =
        CocoDataset.load(chosen.annotations(), chosen.images().orElse(Path.of(".")));
    DatasetStatistics statistics = DatasetStatistics.of(dataset);
    console.out().print(statistics.table());
    dataset.warnings().forEach(console::note);
    TrainingRule.Count use = new TrainingRule(1, false).count(dataset);
    if (use.notable()) {
      console.note(use.text());
    }
    Path folder = outputDir.orElse(Path.of("output", "stats", chosen.name()));
    OutputFolder.prepare(folder);
    draw(dataset, statistics, folder);
    console.out().printf("%ncharts: %s%n", folder);
    return ExitCodes.OK;
  }

  private static void draw(CocoDataset dataset, DatasetStatistics statistics, Path folder) {
    Map<String, Long> objects = new LinkedHashMap<>();
    statistics
        .categories()
        .forEach(c -> objects.merge(c.category().name(), (long) c.objects(), Long::sum));
    Charts.counts("Objects by category", "category", objects)
        .writePng(folder.resolve("categories.png"));

    List<CocoImage> images = dataset.images();
    int[] perImage =
        images.stream().mapToInt(image -> dataset.annotationsOf(image.id()).size()).toArray();
    write("Objects per image", "objects", Histogram.whole(perImage), folder);
    write(
        "Image width", "width (px)", Histogram.linear(of(images, CocoImage::width), BINS), folder);
    write(
        "Image height",
        "height (px)",
        Histogram.linear(of(images, CocoImage::height), BINS),
        folder);
    double[] aspects = of(images, image -> (double) image.width() / image.height());
    write("Image aspect", "width / height", Histogram.logarithmic(aspects, BINS), folder);

    List<CocoAnnotation> boxes = new ArrayList<>();
    images.forEach(image -> boxes.addAll(dataset.annotationsOf(image.id())));
    boxes.removeIf(CocoAnnotation::zeroSize);
    double[] sizes = of(boxes, box -> Math.sqrt(box.bbox()[2] * box.bbox()[3]));
    write(
        "Box size",
        "square root of width x height (px)",
        Histogram.logarithmic(sizes, BINS),
        folder);
    double[] shapes = of(boxes, box -> box.bbox()[2] / box.bbox()[3]);
    write("Box aspect", "width / height", Histogram.logarithmic(shapes, BINS), folder);
  }

  private static <T> double[] of(List<T> things, ToDoubleFunction<T> value) {
    return things.stream().mapToDouble(value).toArray();
  }

  private static void write(String title, String axis, Histogram histogram, Path folder) {
    String file = title.toLowerCase(java.util.Locale.ROOT).replace(' ', '_') + ".png";
    Charts.histogram(title, axis, histogram).writePng(folder.resolve(file));
  }
}

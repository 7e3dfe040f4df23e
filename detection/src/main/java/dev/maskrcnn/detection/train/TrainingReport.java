package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.LoadedSet;
import dev.maskrcnn.detection.evaluate.OverlayGallery;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.detection.metrics.ConfusionMatrix;
import dev.maskrcnn.detection.metrics.IouType;
import dev.maskrcnn.detection.report.RunReport;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Gathers what a training run knows for its {@code report.html}. */
final class TrainingReport {
  /** More pictures than this nobody looks at. */
  private static final int MOST_SHOWN = 24;

  private static final double OVERLAP = 0.5;
  private static final DateTimeFormatter MINUTES =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);

  private final TrainingRun.Options options;
  private final Clock clock;
  private final LocalDateTime start;

  /** Of a run that begins now. */
  TrainingReport(TrainingRun.Options options, Clock clock) {
    this.options = options;
    this.clock = clock;
    this.start = LocalDateTime.now(clock);
  }

  /**
   * Writes the page.
   *
   * @param train what was trained on
   * @param val what may have been evaluated
   */
  Path write(TrainingLoop loop, List<LoadedSet> train, List<LoadedSet> val, Validation validation) {
    RunReport.Run run =
        new RunReport.Run(
            options.outputDir(),
            loop.subject().session().config(),
            facts(train, loop.leftOut(), validation),
            environment(loop));
    List<List<DetectionRecord>> found = validation.firstFound();
    // A region proposal network alone finds boxes without categories: nothing to be judged by.
    boolean judged =
        !found.isEmpty()
            && val.get(0).annotated()
            && !validation.summaries().getOrDefault(val.get(0).name(), List.of()).isEmpty();
    return RunReport.write(run, judged ? gallery(val.get(0).coco(), found) : List.of());
  }

  private Map<String, String> facts(List<LoadedSet> train, int leftOut, Validation validation) {
    Map<String, String> facts = new LinkedHashMap<>();
    if (!options.watch().control().recipe().isEmpty()) {
      facts.put("recipe", options.watch().control().recipe());
    }
    for (List<CocoSummary> set : validation.summaries().values()) {
      for (CocoSummary s : set) {
        String kind = s.iouType() == IouType.BBOX ? "box AP" : "mask AP";
        facts.putIfAbsent(kind, String.format(Locale.ROOT, "%.3f", s.ap()));
      }
    }
    int images = train.stream().mapToInt(s -> s.coco().images().size()).sum();
    facts.put("training images", Integer.toString(images));
    if (leftOut > 0) {
      facts.put("damaged images left out", Integer.toString(leftOut));
    }
    facts.put("begun", MINUTES.format(start));
    facts.put("took", duration(Duration.between(start, LocalDateTime.now(clock))));
    return facts;
  }

  private static String duration(Duration d) {
    return d.toHours() > 0
        ? String.format(Locale.ROOT, "%d h %02d min", d.toHours(), d.toMinutesPart())
        : d.toMinutes() > 0
            ? String.format(Locale.ROOT, "%d min %02d s", d.toMinutes(), d.toSecondsPart())
            : d.toSeconds() + " s";
  }

  private Map<String, String> environment(TrainingLoop loop) {
    Runtime machine = Runtime.getRuntime();
    Map<String, String> out = new LinkedHashMap<>();
    String version = TrainingReport.class.getPackage().getImplementationVersion();
    out.put("program", "maskrcnn " + (version == null ? "(not packed)" : version));
    out.put("device", loop.subject().session().device().name());
    out.put("seed", Long.toString(loop.subject().seed()));
    out.put("processors", Integer.toString(machine.availableProcessors()));
    out.put("Java heap, at most", machine.maxMemory() / (1 << 20) + " MiB");
    out.put("Java", System.getProperty("java.vm.name") + " " + Runtime.version());
    out.put(
        "system",
        "%s %s, %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")));
    out.put("output", options.outputDir().toAbsolutePath().normalize().toString());
    return out;
  }

  private record Judged(CocoImage image, List<DetectionRecord> found, ConfusionMatrix errors) {
    long wrong() {
      return errors.missed() + errors.invented() + errors.confused();
    }
  }

  /** The images with the most errors first; of equals, in the order of the data set. */
  private List<RunReport.Shown> gallery(CocoDataset dataset, List<List<DetectionRecord>> found) {
    List<Judged> all = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      CocoImage image = dataset.images().get(i);
      ConfusionMatrix errors =
          ConfusionMatrix.ofImage(
              dataset, image, found.get(i), OverlayGallery.LEAST_SCORE, OVERLAP);
      all.add(new Judged(image, found.get(i), errors));
    }
    all.sort(Comparator.comparingLong(Judged::wrong).reversed());
    OverlayGallery pictures =
        new OverlayGallery(dataset, BatchPipeline.orientation(options.config()));
    List<RunReport.Shown> shown = new ArrayList<>();
    for (Judged j : all.subList(0, Math.min(MOST_SHOWN, all.size()))) {
      pictures
          .picture(j.image, j.found)
          .map(
              picture ->
                  new RunReport.Shown(
                      j.image.fileName(),
                      j.errors.missed(),
                      j.errors.invented(),
                      j.errors.confused(),
                      picture))
          .ifPresent(shown::add);
    }
    return shown;
  }
}

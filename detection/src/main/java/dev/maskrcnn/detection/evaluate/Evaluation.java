package dev.maskrcnn.detection.evaluate;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.DetectionFile;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.engine.LoadedSet;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.log.Latency;
import dev.maskrcnn.detection.log.ProgressBar;
import dev.maskrcnn.detection.log.PythonText;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.metrics.CocoEvaluator;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.detection.metrics.IouType;
import dev.maskrcnn.detection.metrics.ResultsFile;
import dev.maskrcnn.detection.predict.DatasetInference;
import dev.maskrcnn.tensor.io.FileFailure;
import dev.maskrcnn.tensor.io.Leftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Predictions of a model on data sets, their files, and how good they are. */
public final class Evaluation {
  private final Session session;
  private final Path outputDir;
  private final RunLog log;
  private final Extent extent;

  /**
   * How much is done.
   *
   * @param stop gives up when asked to
   * @param batches after which to end without evaluation, for measurements of speed
   * @param originalLatency whether latencies are given as the original gives them, see {@link
   *     Latency}
   */
  public record Extent(StopRequest stop, OptionalInt batches, boolean originalLatency) {
    /** All images, unless asked to stop. */
    public static Extent until(StopRequest stop) {
      return new Extent(stop, OptionalInt.empty(), false);
    }
  }

  public Evaluation(Session session, Path outputDir, RunLog log, Extent extent) {
    this.session = session;
    this.outputDir = outputDir;
    this.log = log;
    this.extent = extent;
  }

  /**
   * What came of one data set.
   *
   * @param detections of each image, in the order of the images' ids
   * @param summaries of boxes and, with a mask head, of masks; empty if not evaluated
   * @param cutShort whether somebody asked to stop before the end
   */
  public record Result(
      List<List<DetectionRecord>> detections, List<CocoSummary> summaries, boolean cutShort) {}

  /** Predicts and writes the files; evaluates unless told not to. */
  public Result run(LoadedSet set, boolean skipEval) {
    CocoDataset dataset = set.coco();
    Path folder = folder(set.name());
    int images = dataset.images().size();
    log.info(Loggers.INFERENCE, "Start evaluation on %s images".formatted(images));
    log.records().parameter("eval_dataset_name", set.name());
    log.records().parameter("eval_num_samples", images);
    long start = System.nanoTime();
    List<List<DetectionRecord>> found;
    DatasetInference inference =
        new DatasetInference(session, dataset, extent.stop, extent.batches);
    try (ProgressBar progress = log.progress(set.name(), images)) {
      found = inference.run(all(images), progress);
    }
    if (inference.done() < images && extent.stop.requested()) {
      return new Result(found, List.of(), true);
    }
    logTime((System.nanoTime() - start) / 1e9, inference);
    boolean whole = inference.done() == images;
    if (!whole && !skipEval) {
      log.warning(
          Loggers.INFERENCE,
          "only %s of %s images were looked at; no evaluation".formatted(inference.done(), images));
    }
    boolean evaluated = !skipEval && whole && set.annotated();
    if (session.proposalsOnly()) {
      ProposalReport.write(folder, dataset, found, evaluated, log);
      return new Result(found, List.of(), false);
    }
    List<DetectionRecord> records = found.stream().flatMap(List::stream).toList();
    log.info(Loggers.INFERENCE, "Preparing results for COCO format");
    log.info(Loggers.INFERENCE, "Preparing bbox results");
    DetectionFile.writeBoxes(folder.resolve("bbox.json"), records);
    if (session.hasMasks()) {
      log.info(Loggers.INFERENCE, "Preparing segm results");
      DetectionFile.writeMasks(folder.resolve("segm.json"), records);
    }
    if (!evaluated) {
      log.info(Loggers.INFERENCE, "Predictions are in " + folder);
      log.records().parameter("skip_eval", true);
      log.records().parameter("predictions_saved_path", folder.toString());
      return new Result(found, List.of(), false);
    }
    log.info(Loggers.INFERENCE, "Evaluating predictions");
    Set<Integer> leftOut = inference.leftOut();
    if (!leftOut.isEmpty()) {
      log.warning(
          Loggers.INFERENCE,
          "%s: damaged images left out of the evaluation: %s of %s"
              .formatted(set.name(), leftOut.size(), images));
    }
    CocoDataset truth = dataset.without(leftOut);
    List<CocoEvaluator> evaluations = evaluate(truth, records);
    ResultsFile.write(folder.resolve("results.json"), truth, evaluations);
    List<List<DetectionRecord>> judged =
        IntStream.range(0, images).filter(i -> !leftOut.contains(i)).mapToObj(found::get).toList();
    log.attempt(
        Loggers.INFERENCE,
        () -> {
          evaluations.forEach(e -> EvaluationCharts.precisionRecall(folder, truth, e));
          EvaluationCharts.confusion(folder, truth, judged);
        });
    List<CocoSummary> summaries = evaluations.stream().map(CocoEvaluator::summary).toList();
    set.voc().ifPresent(voc -> VocReport.write(folder, voc, truth, judged, log));
    ExpectedResults.check(session.config(), summaries, log);
    return new Result(found, summaries, false);
  }

  private static int[] all(int images) {
    return IntStream.range(0, images).toArray();
  }

  private Path folder(String name) {
    Path folder = outputDir.resolve("inference").resolve(name);
    try {
      Files.createDirectories(folder);
      Leftovers.remove(folder, 1);
    } catch (IOException e) {
      throw new RunException(folder + ": cannot be made: " + FileFailure.reason(e), e);
    }
    return folder;
  }

  private void logTime(double seconds, DatasetInference inference) {
    log.info(
        Loggers.INFERENCE,
        "Total inference time: %s (%s s / img per device, on 1 devices)"
            .formatted(PythonText.duration(seconds), Double.toString(seconds / inference.done())));
    if (inference.launched() > 0) {
      log.info(
          Loggers.INFERENCE,
          "%s of %s batches were launched as CUDA graphs"
              .formatted(inference.launched(), inference.batchSeconds().length));
    }
    Map<String, Double> speed = new LinkedHashMap<>();
    speed.put("e2e_infer_time", seconds);
    speed.put("inference_perf_fps", inference.done() / seconds);
    Latency latency = new Latency(inference.batchSeconds());
    Map<String, Double> times =
        extent.originalLatency ? latency.asTheOriginal() : latency.summary();
    log.records().log(List.of(), speed);
    log.records().log(List.of(), times);
    log.info(
        Loggers.INFERENCE,
        "Throughput: %s images/s; latency of a batch in s:"
                .formatted(PythonText.fixed(inference.done() / seconds, 3))
            + times.entrySet().stream()
                .map(e -> " %s: %s".formatted(e.getKey(), PythonText.fixed(e.getValue(), 5)))
                .collect(Collectors.joining()));
  }

  private List<CocoEvaluator> evaluate(CocoDataset dataset, List<DetectionRecord> records) {
    List<CocoEvaluator> out = new ArrayList<>();
    for (IouType type : IouType.values()) {
      if (type == IouType.SEGM && !session.hasMasks()) {
        continue;
      }
      CocoEvaluator evaluator = CocoEvaluator.evaluate(dataset, records, type);
      CocoSummary summary = evaluator.summary();
      log.info(Loggers.INFERENCE, type.label() + " results\n" + String.join("\n", summary.lines()));
      log.info(Loggers.INFERENCE, categoryTable(dataset, evaluator));
      out.add(evaluator);
    }
    return out;
  }

  private static String categoryTable(CocoDataset dataset, CocoEvaluator evaluator) {
    StringBuilder out = new StringBuilder(evaluator.iouType().label() + " AP by category");
    int width = dataset.categories().stream().mapToInt(c -> c.name().length()).max().orElse(1);
    double[] values = evaluator.categoryAp();
    int[] ids = evaluator.categoryIds();
    for (int i = 0; i < ids.length; i++) {
      CocoCategory category = dataset.categories().get(dataset.labelOf(ids[i]) - 1);
      String value = values[i] < 0 ? "no objects" : String.format(Locale.ROOT, "%.3f", values[i]);
      out.append(String.format(Locale.ROOT, "%n  %-" + width + "s  %s", category.name(), value));
    }
    return out.toString().replace("\r", "");
  }
}

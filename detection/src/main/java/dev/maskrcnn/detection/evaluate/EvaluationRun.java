package dev.maskrcnn.detection.evaluate;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.engine.CategoryMatch;
import dev.maskrcnn.detection.engine.ClassCount;
import dev.maskrcnn.detection.engine.LoadedSet;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.RunControl;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.RunRecords;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.detection.weights.WeightNotes;
import dev.maskrcnn.tensor.device.DeviceChoice;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A model over whole data sets: predictions, and how good they are. */
public final class EvaluationRun {

  /**
   * What to evaluate.
   *
   * @param config all settings; the class count is taken from the annotations
   * @param device where it computes
   * @param data the sets, each evaluated alone
   * @param outputDir the files go into {@code inference/<name>} below it
   * @param weights of any form; {@link dev.maskrcnn.detection.weights.Checkpoint#last} finds the
   *     file of an output folder
   * @param skipEval write predictions only
   * @param measure what is measured and recorded on the way
   */
  public record Options(
      Config config,
      DeviceChoice device,
      List<? extends DatasetSource> data,
      Path outputDir,
      WeightFile weights,
      boolean skipEval,
      Measure measure) {

    /** Every image, no records. */
    public Options(
        Config config,
        String deviceName,
        List<? extends DatasetSource> data,
        Path outputDir,
        WeightFile weights,
        boolean skipEval) {
      this(config, DeviceChoice.of(deviceName), data, outputDir, weights, skipEval, Measure.none());
    }
  }

  /**
   * What is measured.
   *
   * @param batches stop after so many, without evaluation ({@code --infer_steps}); else all images
   * @param originalLatency give means of the fastest batches in place of percentiles, see {@link
   *     dev.maskrcnn.detection.log.Latency}
   * @param control DLLogger's records, and who may stop it
   */
  public record Measure(OptionalInt batches, boolean originalLatency, RunControl control) {

    /** Every image, no records. */
    public static Measure none() {
      return new Measure(OptionalInt.empty(), false, RunControl.none());
    }
  }

  private EvaluationRun() {}

  /**
   * Evaluates.
   *
   * @return for each set, by name, the summary of boxes and, with a mask head, of masks; empty if
   *     evaluation is skipped
   * @throws RunException if something the user gave is wrong; other unchecked exceptions of this
   *     module's packages carry one line for the user as well
   */
  public static Map<String, List<CocoSummary>> run(Options options, PrintStream console) {
    if (options.data.isEmpty()) {
      throw new RunException("eval: no data set; name one, or set DATASETS.TEST");
    }
    Checkpoint.Description weights = Checkpoint.describe(options.weights);
    try (RunLog log = RunLog.open(options.outputDir, console, RunLog.LOCAL_TIME)) {
      RunControl control = options.measure.control();
      log.openRecords(control.jsonSummary(), control.dllLines());
      boolean masks = options.config.flag("MODEL.MASK_ON");
      LoadedSet.Use use =
          new LoadedSet.Use(Optional.empty(), masks, !options.skipEval, weights.categories());
      List<LoadedSet> sets = new ArrayList<>();
      CategoryMatch.By by = CategoryMatch.By.of(options.config);
      for (DatasetSource source : options.data) {
        LoadedSet set = LoadedSet.load(source, use, log);
        boolean named = !weights.categories().isEmpty() || sets.isEmpty();
        sets.add(
            named
                ? set.matched(weights.categories(), options.weights.file().toString(), by, log)
                : set.matched(sets.get(0).coco().categories(), sets.get(0).name(), by, log));
      }
      Config config = ClassCount.of(sets.get(0)).applyTo(options.config, log);
      try (Session session = Session.open(options.device, config, 0, log)) {
        log.info(Loggers.CHECKPOINT, "Loading checkpoint from " + options.weights.file());
        WeightNotes.of(options.weights).forEach(line -> log.warning(Loggers.CHECKPOINT, line));
        Checkpoint.load(options.weights, session.model().state(), false);
        RunRecords.ofInference(log.records(), config, control.recipe());
        Evaluation evaluation =
            new Evaluation(
                session,
                options.outputDir,
                log,
                new Evaluation.Extent(
                    control.stop(), options.measure.batches(), options.measure.originalLatency()));
        Map<String, List<CocoSummary>> out = new LinkedHashMap<>();
        for (LoadedSet set : sets) {
          out.put(set.name(), evaluation.run(set, options.skipEval).summaries());
        }
        return out;
      }
    }
  }
}

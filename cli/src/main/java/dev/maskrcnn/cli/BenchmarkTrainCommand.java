package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.engine.RunControl;
import dev.maskrcnn.detection.log.DlRecords;
import dev.maskrcnn.detection.log.Latency;
import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.log.PythonText;
import dev.maskrcnn.detection.train.TrainingRun;
import dev.maskrcnn.detection.train.TrainingRunBuilder;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code maskrcnn benchmark train}. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Trains for some steps without evaluation and prints images per second.",
      "",
      "Prints \"Training perf is: F FPS\" as train_benchmark.sh does: images over wall time, reading"
          + " of images and the slow first steps included. The line above it gives the median"
          + " step. On a CPU 1 image a step and 10 steps, else 12 images and 500 steps.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn benchmark train float32",
      "  maskrcnn benchmark train float16 --device cuda --batch 12 --steps 500",
      "  maskrcnn benchmark train --images train2017/ --weights r50.safetensors \\",
      "      --annotations instances_train2017.json --json-summary train.json"
    })
final class BenchmarkTrainCommand implements Callable<Integer> {
  private final Console console;
  private final BiFunction<TrainingRun.Options, PrintStream, TrainingRun.Outcome> run;

  @Mixin private BenchmarkOptions options;
  @Mixin private ExitCodes exitCodes;

  BenchmarkTrainCommand(
      Console console, BiFunction<TrainingRun.Options, PrintStream, TrainingRun.Outcome> run) {
    this.console = console;
    this.run = run;
  }

  @Override
  public Integer call() {
    int batch = options.batch(1, 12);
    int steps = options.steps(10, 500);
    Config config =
        options
            .config()
            .with("SOLVER.IMS_PER_BATCH", batch)
            .with("SOLVER.MAX_ITER", steps)
            .with("SOLVER.STEPS", new int[] {30000, 40000})
            .with("SAVE_CHECKPOINT", false)
            .with("PER_EPOCH_EVAL", false);
    // The script's rate; random weights would leave the range of numbers with it.
    config = config.with("SOLVER.BASE_LR", options.randomWeights() ? 1e-6 : 0.04);
    Path folder = options.folder();
    OutputFolder.prepare(folder);
    DatasetSource.Coco data = options.data(batch * steps, console);
    Path weights = options.weights(config, data, console);
    RunControl control =
        options.records().controlWith(options.recipe(), folder.resolve("dllogger.out"));
    TrainingRun.Options training =
        new TrainingRunBuilder(config, new DataSources(List.of(data), List.of()), folder)
            .device(options.device())
            .weights(weights)
            .evaluateAtEnd(false)
            .control(control)
            .build();
    TrainingRun.Outcome outcome;
    try (Signals signals = Signals.requesting(control.stop(), console.err())) {
      outcome = run.apply(training, console.out());
    }
    if (outcome.stopped().isPresent()) {
      return Signals.code(outcome.stopped().get());
    }
    report(control.jsonSummary().orElseThrow(), batch);
    return ExitCodes.OK;
  }

  private void report(Path records, int batch) {
    double[] each =
        MetricsFile.read(options.folder().resolve("metrics.jsonl")).stream()
            .filter(row -> row.values().containsKey("time"))
            .mapToDouble(row -> row.value("time"))
            .toArray();
    double median = new Latency(each).percentile(50);
    String step = PythonText.fixed(median, 4);
    console
        .out()
        .printf("median step: %s s, %s images/s%n", step, PythonText.fixed(batch / median, 3));
    double perSecond = DlRecords.read(records).number("train_perf_fps").orElseThrow();
    console.out().printf("Training perf is: %s FPS%n", PythonText.fixed(perSecond, 4));
  }
}

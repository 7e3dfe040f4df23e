package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.engine.RunControl;
import dev.maskrcnn.detection.evaluate.EvaluationRun;
import dev.maskrcnn.detection.log.DlRecords;
import dev.maskrcnn.detection.log.PythonText;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.detection.weights.WeightFile;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code maskrcnn benchmark inference}. */
@Command(
    name = "inference",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Finds objects in images without evaluation and prints images per second.",
      "",
      "Prints \"Inference perf is: F FPS\" as inference_benchmark.sh does: images over wall time,"
          + " reading of images and pasting of masks included. The line above it gives the latency"
          + " of a batch within the model. On a CPU 1 image a batch and 20 batches, else 8 images"
          + " and 100 batches.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn benchmark inference float32",
      "  maskrcnn benchmark inference float16 --device cuda --batch 8",
      "  maskrcnn benchmark inference --weights model.safetensors \\",
      "      --images val2017/ --annotations instances_val2017.json"
    })
final class BenchmarkInferenceCommand implements Callable<Integer> {
  private final Console console;
  private final BiFunction<EvaluationRun.Options, PrintStream, Map<String, List<CocoSummary>>> run;

  @Mixin private BenchmarkOptions options;

  @Option(
      names = "--original-latency",
      description = "latencies as the original gives them: means of the fastest batches")
  private boolean originalLatency;

  @Mixin private ExitCodes exitCodes;

  BenchmarkInferenceCommand(
      Console console,
      BiFunction<EvaluationRun.Options, PrintStream, Map<String, List<CocoSummary>>> run) {
    this.console = console;
    this.run = run;
  }

  @Override
  public Integer call() {
    int batch = options.batch(1, 8);
    int steps = options.steps(20, 100);
    Config config = options.config().with("TEST.IMS_PER_BATCH", batch);
    Path folder = options.folder();
    OutputFolder.prepare(folder);
    DatasetSource.Coco data = options.data(batch * steps, console);
    Path weights = options.weights(config, data, console);
    RunControl control =
        options.records().controlWith(options.recipe(), folder.resolve("dllogger_inference.out"));
    var unused =
        run.apply(
            new EvaluationRun.Options(
                config,
                options.device(),
                List.of(data),
                folder,
                WeightFile.read(weights),
                true,
                new EvaluationRun.Measure(OptionalInt.of(steps), originalLatency, control)),
            console.out());
    DlRecords records = DlRecords.read(control.jsonSummary().orElseThrow());
    console
        .out()
        .printf(
            "Inference perf is: %s FPS%n",
            PythonText.fixed(records.number("inference_perf_fps").orElseThrow(), 4));
    return ExitCodes.OK;
  }
}

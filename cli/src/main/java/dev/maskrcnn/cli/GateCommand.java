package dev.maskrcnn.cli;

import dev.maskrcnn.detection.log.DlRecords;
import dev.maskrcnn.detection.log.PythonText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code maskrcnn gate}. */
@Command(
    name = "gate",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    description = {
      "Compares accuracy and speed of a run with thresholds, for tests of whole releases; reads the"
          + " records that --json-summary wrote, here or in NVIDIA's version.",
      "",
      "Prints a line for each threshold, then \"&&&& PASSED\" or \"&&&& FAILED\". A metric that was"
          + " not recorded fails.",
      ""
    },
    footerHeading = "%nExamples (the thresholds of test_fp16.sh and test_fp32.sh):%n",
    footer = {
      "  maskrcnn gate dllogger.out --min-bbox-map 0.375 --min-mask-map 0.341 \\",
      "      --min-train-fps 222",
      "  maskrcnn gate dllogger.out --min-train-fps 164 --tolerance 0.05",
      "  maskrcnn gate dllogger_inference.out --min-infer-fps 23 --max-latency-99 0.05"
    })
final class GateCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "records; later files count more")
  private List<Path> files;

  @Option(
      names = "--min-bbox-map",
      paramLabel = "AP",
      description = "least AP of boxes, 0 to 1 (BBOX_mAP)")
  private Double bbox;

  @Option(
      names = "--min-mask-map",
      paramLabel = "AP",
      description = "least AP of masks, 0 to 1 (MASK_mAP)")
  private Double mask;

  @Option(
      names = "--min-train-fps",
      paramLabel = "N",
      description = "least images per second in training (train_perf_fps)")
  private Double train;

  @Option(
      names = "--min-infer-fps",
      paramLabel = "N",
      description = "least images per second in inference (inference_perf_fps)")
  private Double infer;

  @Option(
      names = "--max-latency-99",
      paramLabel = "SECONDS",
      description = "most time for 99 %% of the batches (latency_99)")
  private Double latency;

  @Option(
      names = "--tolerance",
      paramLabel = "FRACTION",
      defaultValue = "0",
      description = "part of a speed or latency that may be missing (default: ${DEFAULT-VALUE})")
  private double tolerance;

  @Mixin private ExitCodes exitCodes;

  GateCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!(tolerance >= 0 && tolerance < 1)) {
      throw new ParameterException(
          spec.commandLine(), "--tolerance: 0 to below 1, got " + tolerance);
    }
    Map<String, Double> values = new LinkedHashMap<>();
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw new CliException("gate: no such file, got " + file);
      }
      values.putAll(DlRecords.read(file).values());
    }
    DlRecords records = new DlRecords(values);
    List<Boolean> passed = new ArrayList<>();
    least(passed, records, "BBOX_mAP", bbox);
    least(passed, records, "MASK_mAP", mask);
    least(passed, records, "train_perf_fps", train == null ? null : train * (1 - tolerance));
    least(passed, records, "inference_perf_fps", infer == null ? null : infer * (1 - tolerance));
    most(passed, records, "latency_99", latency == null ? null : latency * (1 + tolerance));
    if (passed.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "a threshold is missing");
    }
    boolean all = !passed.contains(false);
    console.out().println(all ? "&&&& PASSED" : "&&&& FAILED");
    return all ? ExitCodes.OK : ExitCodes.WRONG_INPUT;
  }

  private void least(List<Boolean> passed, DlRecords records, String name, Double threshold) {
    if (threshold != null) {
      OptionalDouble value = records.number(name);
      boolean good = value.isPresent() && value.getAsDouble() >= threshold;
      passed.add(good);
      line(good, name, value, "at least " + PythonText.fixed(threshold, 4));
    }
  }

  private void most(List<Boolean> passed, DlRecords records, String name, Double threshold) {
    if (threshold != null) {
      OptionalDouble value = records.number(name);
      boolean good = value.isPresent() && value.getAsDouble() <= threshold;
      passed.add(good);
      line(good, name, value, "at most " + PythonText.fixed(threshold, 4));
    }
  }

  private void line(boolean good, String name, OptionalDouble value, String expected) {
    String got =
        value.isPresent() ? PythonText.fixed(value.getAsDouble(), 4) : "not in the records";
    console.out().printf("%s %s: %s, expected %s%n", good ? "pass" : "FAIL", name, got, expected);
  }
}

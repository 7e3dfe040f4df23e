package dev.maskrcnn.benchmarks;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.autograd.trace.StepTracer;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.inspect.Specimen;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.device.DeviceChoice;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What recording a training step costs: steps without a tracer, with one that records times and
 * memory, and with one that reads all values and gradients too, in turns in one process. Prints
 * medians, and the median of the ratios of neighbours, because the machine's speed drifts.
 */
public final class TraceTimer {
  private static final String[] KINDS = {"off", "times and memory", "with statistics"};

  private final Specimen specimen;
  private final Device device;
  private final ImageBatch batch;
  private final Sgd optimizer;

  private TraceTimer(Specimen specimen) {
    this.specimen = specimen;
    this.device = specimen.device();
    this.batch = specimen.trainingBatch();
    this.optimizer = new Sgd(specimen.model().state(), new Sgd.Settings(0, 1, 0.9, 1e-4, 0));
  }

  /**
   * Runs it.
   *
   * @param args recipe and number of rounds; shapes_gn and 30 if not given
   */
  public static void main(String[] args) {
    String recipe = args.length > 0 ? args[0] : "shapes_gn";
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 30;
    Specimen.Choice choice =
        new Specimen.Choice(
            BuiltinConfigs.load(recipe),
            DeviceChoice.of("cpu"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    try (Specimen specimen = Specimen.open(choice)) {
      new TraceTimer(specimen).run(recipe, rounds);
    }
  }

  /** CPU time of this thread, which is where a tracer runs; kernels use other threads besides. */
  private static double cpuSeconds() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e9;
  }

  private void run(String recipe, int rounds) {
    for (int i = 0; i < 3; i++) {
      for (int kind = 0; kind < KINDS.length; kind++) {
        step(kind);
      }
    }
    double[][] seconds = new double[KINDS.length][rounds];
    double[][] cpu = new double[KINDS.length][rounds];
    for (int i = 0; i < rounds; i++) {
      for (int k = 0; k < KINDS.length; k++) {
        int kind = (k + i) % KINDS.length; // each kind comes first equally often
        double before = cpuSeconds();
        long start = System.nanoTime();
        step(kind);
        cpu[kind][i] = cpuSeconds() - before;
        seconds[kind][i] = (System.nanoTime() - start) / 1e9;
      }
    }
    System.out.printf("%s on cpu, %s rounds in turns%n", recipe, rounds);
    for (int kind = 0; kind < KINDS.length; kind++) {
      double[] ratios = new double[rounds];
      for (int i = 0; i < rounds; i++) {
        ratios[i] = seconds[kind][i] / seconds[0][i];
      }
      System.out.printf(
          Locale.ROOT,
          "%-17s median %.4f s, least %.4f s; to off: median of ratios %.4f, of the least %.4f;"
              + " CPU of the main thread %+.2f ms a step, %+.2f %%%n",
          KINDS[kind],
          median(seconds[kind]),
          least(seconds[kind]),
          median(ratios),
          least(seconds[kind]) / least(seconds[0]),
          1e3 * (median(cpu[kind]) - median(cpu[0])),
          1e2 * (median(cpu[kind]) - median(cpu[0])) / median(seconds[0]));
    }
    optimizer.close();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }

  private static double least(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }

  private void step(int kind) {
    StepTracer tracer = kind == 0 ? null : StepTracer.on(device, kind == 2);
    try (Frame frame = device.push("step");
        Tape tape = new Tape(device)) {
      if (tracer != null) {
        for (Map.Entry<String, Parameter> e : specimen.model().state().entries().entrySet()) {
          tracer.parameter(e.getValue().tensor(), e.getKey());
        }
      }
      Map<String, Variable> losses =
          specimen
              .model()
              .losses(
                  tape,
                  specimen.input(batch),
                  specimen.targets(batch),
                  new Draw(1, 0),
                  Stages.NONE);
      if (tracer != null) {
        tracer.backward(tape);
      }
      try (Gradients gradients = tape.backward(List.copyOf(losses.values()))) {
        if (tracer != null) {
          tracer.update();
        }
        optimizer.step(gradients, base -> base);
      }
      device.synchronize();
      if (tracer != null) {
        tracer.finish();
      }
    }
  }
}

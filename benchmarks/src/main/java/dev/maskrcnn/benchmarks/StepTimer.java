package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Device;
import java.util.List;
import java.util.Locale;
import java.util.function.IntSupplier;

/**
 * Times training steps and detection passes without JMH, for comparison with another system in
 * alternating processes. After the warm-up it prints a line per run, in the form of {@code
 * peers/torchvision_maskrcnn.py}:
 *
 * <pre>{@code
 * maskrcnn <train|infer> <seconds> rois=<mask RoIs in training, detections in inference>
 * }</pre>
 */
public final class StepTimer {
  private static final String USAGE =
      """
      usage: StepTimer [--mode train|infer|both] [--runs N] [--warmup N] [--threads N]
                       [--device NAME] [--batch N] [--dtype T] [--body NAME]
        --runs     timed runs of each kind, 3 if not given
        --warmup   runs before them that are not timed, 3 if not given
        --threads  of the CPU backend, all cores if not given
        --device   cpu if not given
        --batch    images at a time, 1 if not given
        --dtype    float32, float16 or bfloat16; float32 if not given
        --body     R-50 or X-101-32x8d, with FPN; R-50 if not given\
      """;

  /** How to time what. */
  private record Options(String mode, int runs, int warmup, String device, StepWork.Model model) {
    Options of(StepWork.Model other) {
      return new Options(mode, runs, warmup, device, other);
    }
  }

  private StepTimer() {}

  /** Runs it; exits with 2 if the arguments are wrong. */
  public static void main(String[] args) {
    Options options;
    try {
      options = parse(List.of(args));
    } catch (StepException e) {
      System.err.println(e.getMessage());
      System.err.println(USAGE);
      System.exit(2);
      return;
    }
    try (StepWork work = new StepWork(Device.open(options.device), options.model)) {
      if (!options.mode.equals("infer")) {
        time("train", options, work::train);
      }
      if (!options.mode.equals("train")) {
        time("infer", options, work::infer);
      }
    }
  }

  private static void time(String name, Options options, IntSupplier work) {
    for (int i = 0; i < options.warmup; i++) {
      int unused = work.getAsInt();
    }
    for (int i = 0; i < options.runs; i++) {
      long start = System.nanoTime();
      int rois = work.getAsInt();
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(Locale.ROOT, "maskrcnn %s %.4f rois=%d%n", name, seconds, rois);
    }
  }

  private static Options parse(List<String> args) {
    Options o = new Options("both", 3, 3, "cpu", StepWork.Model.USUAL);
    for (int i = 0; i < args.size(); i += 2) {
      String key = args.get(i);
      if (i + 1 == args.size()) {
        throw new StepException(key + ": has no value");
      }
      String value = args.get(i + 1);
      StepWork.Model m = o.model;
      switch (key) {
        case "--mode" -> o = new Options(mode(value), o.runs, o.warmup, o.device, m);
        case "--runs" -> o = new Options(o.mode, number(key, value, 1), o.warmup, o.device, m);
        case "--warmup" -> o = new Options(o.mode, o.runs, number(key, value, 0), o.device, m);
        case "--device" -> o = new Options(o.mode, o.runs, o.warmup, value, m);
        case "--batch" -> o = o.of(new StepWork.Model(m.body(), number(key, value, 1), m.dtype()));
        case "--dtype" -> o = o.of(new StepWork.Model(m.body(), m.batch(), value));
        case "--body" -> o = o.of(new StepWork.Model(value, m.batch(), m.dtype()));
        case "--threads" -> // read when the device opens
            System.setProperty("maskrcnn.threads", Integer.toString(number(key, value, 1)));
        default -> throw new StepException(key + ": is no option");
      }
    }
    return o;
  }

  private static String mode(String value) {
    if (!List.of("train", "infer", "both").contains(value)) {
      throw new StepException("--mode: got " + value + ", expected train, infer or both");
    }
    return value;
  }

  private static int number(String key, String value, int least) {
    try {
      int n = Integer.parseInt(value);
      if (n >= least) {
        return n;
      }
    } catch (NumberFormatException e) {
      // The message below says what is wrong in the user's words.
    }
    throw new StepException(
        "%s: got %s, expected a whole number of at least %s".formatted(key, value, least));
  }
}

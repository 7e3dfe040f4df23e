package dev.maskrcnn.benchmarks;

import dev.maskrcnn.benchmarks.KernelStopwatch.Measured;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.contract.BenchmarkCase;
import dev.maskrcnn.tensor.contract.ModelSize;
import dev.maskrcnn.tensor.contract.OpCases;
import dev.maskrcnn.tensor.shape.TensorException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Prints a table of every op of the model on two devices: time, achieved GB/s or GFLOP/s, the least
 * time that the machine needs ({@link Floor}), the realistic time on an H100 ({@link
 * RealisticTime}), and the time of the second device beside it. Bytes are the least that must move
 * (each input read and each output written once), so GB/s is a lower bound of what the memory did.
 */
public final class KernelTable {
  private static final String USAGE =
      """
      usage: KernelTable [--device NAME] [--beside NAME|none] [--batch N[,N]] [--size full|small]
                         [--seconds S] [--only TEXT]
        --device   what to measure, cuda if not given
        --beside   what to compare with, cpu if not given
        --batch    images, 1,8 if not given
        --size     full: R-50-FPN on 800x1344; small: for the emulation, which is the default there
        --seconds  to spend on each op and device, 0.5 if not given; 0: a single run
        --only     cases whose name contains this, such as RoiAlign or Conv2d/res4; else all but
                   the layers of the network other than the largest\
      """;

  private static final String LINE = "%-42s %-4s %5d %12s %13s %9s %7s %11s %12s %9s%n";

  private final KernelTableOptions options;
  private final PrintStream out;
  private boolean emulated;
  private ModelSize size;
  private Floor floor;

  KernelTable(KernelTableOptions options, PrintStream out) {
    this.options = options;
    this.out = out;
  }

  /** Runs it; exits with 2 if the arguments are wrong and with 1 if a device cannot be opened. */
  public static void main(String[] args) {
    KernelTableOptions options;
    try {
      options = KernelTableOptions.parse(List.of(args));
    } catch (StepException e) {
      System.err.println(e.getMessage());
      System.err.println(USAGE);
      System.exit(2);
      return;
    }
    try {
      new KernelTable(options, System.out).print();
    } catch (TensorException e) {
      System.out.flush();
      System.err.println("KernelTable: " + e.getMessage());
      System.exit(1);
    }
  }

  /** Measures and prints, line by line. */
  void print() {
    if (options.beside().isEmpty()) {
      try (Device device = Device.open(options.device())) {
        print(device, Optional.empty());
      }
      return;
    }
    try (Device device = Device.open(options.device());
        Device other = Device.open(options.beside().get())) {
      print(device, Optional.of(other));
    }
  }

  private void print(Device device, Optional<Device> other) {
    emulated = device.name().startsWith("cuda-emulated");
    boolean small = options.size().map(s -> s.equals("small")).orElse(emulated);
    size = small ? ModelSize.SMALL : ModelSize.FULL;
    double seconds = options.seconds().orElse(emulated ? 0.0 : 0.5);
    floor = Floor.of(device);
    header(device, other);
    KernelStopwatch watch = new KernelStopwatch(device, seconds);
    Optional<KernelStopwatch> beside = other.map(d -> new KernelStopwatch(d, seconds));
    for (BenchmarkCase c : OpCases.benchmarks()) {
      if (options.wants(c)) {
        for (int images : c.isPerImage() ? options.batches() : List.of(1)) {
          line(c, images, watch, beside);
        }
      }
    }
    if (emulated) {
      out.println();
      warning();
    }
  }

  private void warning() {
    out.println("*** EMULATED: these kernels ran on the CPU, with every memory access checked.");
    out.println("*** The times prove that they run, and say NOTHING about the speed of a GPU.");
    out.println();
  }

  private void header(Device device, Optional<Device> other) {
    if (emulated) {
      warning();
    }
    out.printf(
        "%s%s, R-50-FPN on %sx%s, %s channels%n",
        device.name(),
        other.map(o -> " beside " + o.name()).orElse(""),
        size.height(),
        size.width(),
        size.channels());
    out.println(
        "time: median of five rounds of runs issued one after the other, on the device's clock");
    out.println("floor: " + floor);
    out.println(
        "target: realistic time on an H100 for the full model in half precision, an estimate"
            + " (performance.md, section 6); f32 moves twice the bytes");
    out.println();
    out.printf(
        Locale.ROOT,
        LINE.replace("%5d", "%5s"),
        "op",
        "type",
        "batch",
        "time us",
        "rate",
        "floor us",
        "x floor",
        "target us",
        other.map(o -> o.name() + " us").orElse("-"),
        "speed-up");
  }

  private void line(
      BenchmarkCase c, int images, KernelStopwatch watch, Optional<KernelStopwatch> beside) {
    Optional<String> missing = watch.missing(c);
    Optional<Measured> theirs =
        beside.filter(b -> b.missing(c).isEmpty()).map(b -> b.time(c, size, images));
    String other = theirs.map(m -> micros(m.seconds())).orElse("-");
    String type = c.precision().toString();
    if (missing.isPresent()) {
      out.printf("%-42s %-4s %5s  no kernel: %s", c.name(), type, images, missing.get());
      out.printf("; beside it %s us%n", other);
      return;
    }
    Measured ours = watch.time(c, size, images);
    double least = floor.seconds(ours.work());
    out.printf(
        Locale.ROOT,
        LINE,
        c.name(),
        type,
        images,
        micros(ours.seconds()),
        emulated ? "-" : Benchmarks.rate(ours.work(), ours.seconds()),
        number("%.1f", least * 1e6),
        emulated ? "-" : number("%.1f", ours.seconds() / least),
        size == ModelSize.FULL
            ? RealisticTime.of(c.name()).map(t -> t.range(images)).orElse("-")
            : "-",
        other,
        theirs
            .filter(m -> !emulated)
            .map(m -> number("%.1f", m.seconds() / ours.seconds()))
            .orElse("-"));
    out.flush();
  }

  private static String micros(double seconds) {
    return number("%.1f", seconds * 1e6);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}

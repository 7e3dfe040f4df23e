package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.contract.BenchmarkCase;
import dev.maskrcnn.tensor.contract.ModelSize;
import dev.maskrcnn.tensor.contract.OpCases;
import dev.maskrcnn.tensor.contract.Workload;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * JMH's command line with the cases of ops: {@code -p op=} takes names of cases ({@code
 * MatMul/fc6}), of ops ({@code MatMul}: all its cases), or nothing, for a case of every op. Behind
 * JMH's own results it prints what each op achieved beside what the machine allows.
 */
public final class Benchmarks {
  private Benchmarks() {}

  /** Runs JMH; exits with 1 if a benchmark cannot run and with 2 if the arguments are wrong. */
  public static void main(String[] args) throws Exception {
    try {
      CommandLineOptions given = new CommandLineOptions(args);
      if (given.shouldList()) {
        System.out.println("Cases of OpBenchmark, for -p op=:");
        OpCases.benchmarks().forEach(c -> System.out.println("  " + c.name()));
      }
      if (given.shouldList() || given.shouldListWithParams() || given.shouldHelp()) {
        org.openjdk.jmh.Main.main(args);
        return;
      }
      List<String> names = names(given.getParameter("op").orElse(List.of()));
      OptionsBuilder options = new OptionsBuilder();
      options.parent(given).param("op", names.toArray(String[]::new));
      rates(new Runner(options.build()).run(), System.out);
    } catch (CommandLineOptionException | StepException e) {
      System.err.println("benchmarks: " + e.getMessage());
      System.exit(2);
    } catch (RunnerException e) {
      System.err.println("benchmarks: " + e.getMessage());
      System.exit(1);
    }
  }

  /** The case of a name. */
  static BenchmarkCase named(String name) {
    return OpCases.benchmarks().stream()
        .filter(c -> c.name().equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(name));
  }

  private static StepException unknown(String name) {
    return new StepException("-p op=" + name + ": there is no such op or case; -l lists them");
  }

  /** Names of cases for names of cases and ops; all but the layers if there are none. */
  static List<String> names(Collection<String> wanted) {
    List<String> names = new ArrayList<>();
    List<BenchmarkCase> all = OpCases.benchmarks();
    if (wanted.isEmpty()) {
      all.stream().filter(c -> !c.isLayer()).forEach(c -> names.add(c.name()));
    }
    for (String w : wanted) {
      List<String> found =
          all.stream()
              .filter(c -> c.name().equals(w) || c.type().getSimpleName().equals(w))
              .map(BenchmarkCase::name)
              .toList();
      if (found.isEmpty()) {
        throw unknown(w);
      }
      names.addAll(found);
    }
    return names;
  }

  /** A line for each op: time, GB/s or GFLOP/s, and the floor. */
  static void rates(Collection<RunResult> results, PrintStream out) {
    Map<String, Floor> floors = new HashMap<>();
    for (RunResult r : results) {
      BenchmarkParams p = r.getParams();
      if (p.getParam("op") == null) {
        continue;
      }
      String device = p.getParam("device");
      if (!floors.containsKey(device)) {
        try (Device opened = Device.open(device)) {
          floors.put(device, Floor.of(opened));
        }
        out.printf("%n%s: floor: %s%n", device, floors.get(device));
        out.printf(
            "%-42s %6s %12s %12s %10s %7s%n",
            "op", "images", "time us", "rate", "floor us", "x floor");
      }
      int images = Integer.parseInt(p.getParam("images"));
      Workload work = named(p.getParam("op")).of(ModelSize.FULL, images);
      out.println(
          line(
              p.getParam("op"), images, r.getPrimaryResult().getScore(), work, floors.get(device)));
    }
  }

  private static String line(String op, int images, double micros, Workload work, Floor floor) {
    double least = floor.seconds(work) * 1e6;
    return String.format(
        Locale.ROOT,
        "%-42s %6d %12.1f %12s %10.1f %7.1f",
        op,
        images,
        micros,
        rate(work, micros * 1e-6),
        least,
        micros / least);
  }

  /** What a workload achieves: GFLOP/s where arithmetic counts, else GB/s. */
  static String rate(Workload work, double seconds) {
    return work.flop() > 0
        ? String.format(Locale.ROOT, "%.0f GFLOP/s", work.flop() / seconds * 1e-9)
        : String.format(Locale.ROOT, "%.1f GB/s", work.bytes() / seconds * 1e-9);
  }
}

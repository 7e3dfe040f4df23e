package dev.maskrcnn.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.OpDocument;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;

/** Every op that has a kernel on the CPU is measured by a benchmark. */
final class BenchmarkCoverageTest {
  /** Measure whole passes instead of ops. */
  private static final Set<Class<?>> PASSES = Set.of(StepBenchmark.class);

  @Test
  void everyKernelIsMeasured() throws Exception {
    Set<Class<?>> measured = new LinkedHashSet<>();
    for (Class<?> c : benchmarks()) {
      Measures measures = c.getAnnotation(Measures.class);
      if (measures != null) {
        measured.addAll(List.of(measures.value()));
      }
    }
    List<String> missing = new ArrayList<>();
    try (Device cpu = Device.open("cpu")) {
      for (Class<? extends Op> op : catalogue(Op.class)) {
        if (cpu.kernels().find(op).isPresent() && !measured.contains(op)) {
          missing.add(op.getEnclosingClass().getSimpleName() + "." + op.getSimpleName());
        }
      }
    }
    assertEquals(List.of(), missing, "ops with a CPU kernel that no benchmark measures");
  }

  /** {@code maskrcnn inspect op} names the benchmark without having it on its class path. */
  @Test
  void theCatalogueNamesTheBenchmarks() throws Exception {
    List<String> wrong = new ArrayList<>();
    for (Class<? extends Op> op : catalogue(Op.class)) {
      String named = OpDocument.of(op).benchmark();
      for (Class<?> c : benchmarks()) {
        Measures measures = c.getAnnotation(Measures.class);
        boolean measured = measures != null && List.of(measures.value()).contains(op);
        if (measured != named.equals(c.getSimpleName())) {
          wrong.add(op.getSimpleName() + " in " + c.getSimpleName());
        }
      }
    }
    assertEquals(List.of(), wrong, "correct tensor.op's benchmarks.properties");
  }

  @Test
  void everyBenchmarkSaysWhatItMeasures() throws Exception {
    List<String> silent =
        benchmarks().stream()
            .filter(c -> !PASSES.contains(c) && c.getAnnotation(Measures.class) == null)
            .map(Class::getSimpleName)
            .toList();
    assertEquals(List.of(), silent, "benchmark classes without @Measures");
  }

  /** The records below a sealed interface. */
  private static List<Class<? extends Op>> catalogue(Class<? extends Op> type) {
    if (!type.isSealed()) {
      return type.isRecord() ? List.of(type) : List.of(); // Custom ops are no part of it.
    }
    List<Class<? extends Op>> all = new ArrayList<>();
    for (Class<?> c : type.getPermittedSubclasses()) {
      all.addAll(catalogue(c.asSubclass(Op.class)));
    }
    return all;
  }

  /** The classes of this package with benchmark methods, from the folder that they came from. */
  private static List<Class<?>> benchmarks() throws IOException, URISyntaxException {
    Path root = Path.of(Measures.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path folder = root.resolve(Measures.class.getPackageName().replace('.', '/'));
    List<Class<?>> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.matches("[A-Za-z0-9]+\\.class")) {
          Class<?> c = load(name.substring(0, name.length() - ".class".length()));
          if (Arrays.stream(c.getMethods()).anyMatch(BenchmarkCoverageTest::isBenchmark)) {
            found.add(c);
          }
        }
      }
    }
    found.sort(Comparator.comparing(Class::getSimpleName));
    return found;
  }

  private static boolean isBenchmark(Method m) {
    return m.isAnnotationPresent(Benchmark.class);
  }

  private static Class<?> load(String simpleName) {
    String name = Measures.class.getPackageName() + "." + simpleName;
    try {
      return Class.forName(name, false, Measures.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(name + ": has a class file but cannot be loaded", e);
    }
  }
}

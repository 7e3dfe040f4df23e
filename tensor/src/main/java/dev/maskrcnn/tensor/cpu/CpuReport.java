package dev.maskrcnn.tensor.cpu;

import com.sun.management.OperatingSystemMXBean;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.host.NativeFolder;
import dev.maskrcnn.tensor.spi.DeviceReport;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;

/** The processor as oneDNN sees it, the threads that are used, and the memory. */
public final class CpuReport implements DeviceReport {
  private static final double GIB = 1L << 30;

  @Override
  public String kind() {
    return "cpu";
  }

  @Override
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    model().ifPresent(model -> lines.add("processor: " + model));
    lines.add(threads());
    lines.add(memory());
    lines.add(oneDnn());
    return lines;
  }

  private static String threads() {
    int cores = Runtime.getRuntime().availableProcessors();
    try {
      return "threads: %s of %s available processors"
          .formatted(CpuSettings.of(DeviceOptions.fromSystemProperties()).threads(), cores);
    } catch (DeviceException e) {
      return "threads: " + e.getMessage();
    }
  }

  private static String memory() {
    double heap = Runtime.getRuntime().maxMemory() / GIB;
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      return String.format(
          Locale.ROOT,
          "memory: %.1f GiB, %.1f GiB free; at most %.1f GiB for the Java heap",
          system.getTotalMemorySize() / GIB,
          system.getFreeMemorySize() / GIB,
          heap);
    }
    return String.format(Locale.ROOT, "memory: at most %.1f GiB for the Java heap", heap);
  }

  private static String oneDnn() {
    try {
      NativeFolder.prepare();
      // libgomp reads its settings when it is loaded, which the next call does.
      new OpenMp(Runtime.getRuntime().availableProcessors());
      dnnl_version_t version = dnnl.dnnl_version();
      return "oneDNN: %s.%s.%s, uses %s"
          .formatted(
              version.major(),
              version.minor(),
              version.patch(),
              instructionSet(dnnl.dnnl_get_effective_cpu_isa()));
    } catch (LinkageError e) {
      return "oneDNN: missing, "
          + NativeFolder.failure("on " + System.getProperty("os.arch"), e).getMessage()
          + "; for another platform build this jar with mvn package -Djavacpp.platform=…";
    } catch (DeviceException e) {
      return "oneDNN: missing, " + e.getMessage();
    }
  }

  /** The best instruction set that oneDNN found: its codes hold those of the lesser ones. */
  static String instructionSet(int code) {
    String best = "no vector instructions that it knows";
    for (Map.Entry<Integer, String> set : instructionSets().entrySet()) {
      if ((code & set.getKey()) == set.getKey()) {
        best = set.getValue();
      }
    }
    return best;
  }

  private static Map<Integer, String> instructionSets() {
    Map<Integer, String> sets = new LinkedHashMap<>();
    sets.put(dnnl.dnnl_cpu_isa_sse41, "SSE4.1");
    sets.put(dnnl.dnnl_cpu_isa_avx, "AVX");
    sets.put(dnnl.dnnl_cpu_isa_avx2, "AVX2");
    sets.put(dnnl.dnnl_cpu_isa_avx2_vnni, "AVX2 with VNNI");
    sets.put(dnnl.dnnl_cpu_isa_avx2_vnni_2, "AVX2 with VNNI and bf16/fp16 conversions");
    sets.put(dnnl.dnnl_cpu_isa_avx512_core, "AVX-512");
    sets.put(dnnl.dnnl_cpu_isa_avx512_core_vnni, "AVX-512 with VNNI");
    sets.put(dnnl.dnnl_cpu_isa_avx512_core_bf16, "AVX-512 with BF16");
    sets.put(dnnl.dnnl_cpu_isa_avx512_core_fp16, "AVX-512 with FP16");
    sets.put(dnnl.dnnl_cpu_isa_avx512_core_amx, "AMX");
    sets.put(dnnl.dnnl_cpu_isa_avx512_core_amx_fp16, "AMX with FP16");
    sets.put(dnnl.dnnl_cpu_isa_avx10_2_512, "AVX10.2");
    sets.put(dnnl.dnnl_cpu_isa_avx10_2_512_amx_2, "AVX10.2 with AMX");
    return sets;
  }

  /** Linux tells the processor's name in a file. */
  private static Optional<String> model() {
    Path file = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}

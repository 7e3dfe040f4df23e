package dev.maskrcnn.tensor.device;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a kernel is written.
 *
 * @param type name of the class that has the code
 * @param files its source file in the repository, then that of the device code that it launches
 */
public record KernelSource(String type, List<String> files) {
  public KernelSource {
    files = List.copyOf(files);
  }

  /** The same with one more file. */
  public KernelSource and(String file) {
    List<String> all = new ArrayList<>(files);
    all.add(file);
    return new KernelSource(type, all);
  }

  /** The source file in the repository of a class of this project. */
  public static String file(String type) {
    String module = type.split("\\.")[2];
    String outer = type.replaceFirst("\\$.*", "").replace('.', '/');
    return (module.equals("cuda") ? "cuda-kernels" : module) + "/src/main/java/" + outer + ".java";
  }
}

package dev.maskrcnn.tensor.spi;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
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

  static KernelSource of(Kernel<?> kernel) {
    String type = kernel.writtenIn().replaceFirst("\\$.*", "");
    return new KernelSource(type, List.of(file(type)));
  }

  /** Of a bound method reference the class of its receiver, else the one around the lambda. */
  static String classOf(Kernel<?> kernel) {
    Class<?> type = kernel.getClass();
    if (!type.isHidden() && !type.isSynthetic()) {
      return type.getName();
    }
    for (Field captured : type.getDeclaredFields()) {
      if (hasKernels(captured.getType())) {
        return captured.getType().getName();
      }
    }
    return type.getName();
  }

  /** The same with one more file. */
  KernelSource and(String file) {
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

  private static boolean hasKernels(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods()).anyMatch(KernelSource::takesCall);
  }

  private static boolean takesCall(Method m) {
    return Arrays.asList(m.getParameterTypes()).contains(KernelCall.class);
  }
}

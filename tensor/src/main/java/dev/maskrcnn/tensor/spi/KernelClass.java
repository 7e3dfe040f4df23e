package dev.maskrcnn.tensor.spi;

import dev.maskrcnn.tensor.device.KernelSource;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;

/** Finds the class in which a kernel is written. */
final class KernelClass {
  private KernelClass() {}

  static KernelSource source(Kernel<?> kernel) {
    String type = kernel.writtenIn().replaceFirst("\\$.*", "");
    return new KernelSource(type, List.of(KernelSource.file(type)));
  }

  /** Of a bound method reference the class of its receiver, else the one around the lambda. */
  static String name(Kernel<?> kernel) {
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

  private static boolean hasKernels(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods()).anyMatch(KernelClass::takesCall);
  }

  private static boolean takesCall(Method m) {
    return Arrays.asList(m.getParameterTypes()).contains(KernelCall.class);
  }
}

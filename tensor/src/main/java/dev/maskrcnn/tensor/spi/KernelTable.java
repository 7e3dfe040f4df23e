package dev.maskrcnn.tensor.spi;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.KernelSource;
import dev.maskrcnn.tensor.op.CustomOp;
import dev.maskrcnn.tensor.op.Op;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Op type → kernel of one backend. An op without a kernel is written down with a reason, so that a
 * test can compare the table with the catalogue.
 */
public final class KernelTable {
  private final String backend;
  private final Map<Class<? extends Op>, Kernel<?>> kernels = new LinkedHashMap<>();
  private final Map<Class<? extends Op>, String> absent = new LinkedHashMap<>();
  private Function<String, Optional<String>> deviceCode = type -> Optional.empty();

  private boolean host;

  public KernelTable(String backend) {
    this.backend = backend;
  }

  /** Registers the kernel of an op type; each type once. */
  public <O extends Op> KernelTable put(Class<O> type, Kernel<? super O> kernel) {
    if (kernels.putIfAbsent(type, kernel) != null) {
      throw new DeviceException(backend + ": two kernels for " + type.getSimpleName());
    }
    absent.remove(type);
    return this;
  }

  /** Records that an op has no kernel here, and why. */
  public KernelTable absent(Class<? extends Op> type, String reason) {
    absent.put(type, reason);
    return this;
  }

  /** Says that arrays are the host's, on which custom ops have kernels of their own. */
  public KernelTable onHost() {
    host = true;
    return this;
  }

  /** Takes over every kernel of {@code other} whose op has none here yet. */
  public KernelTable inherit(KernelTable other) {
    other.kernels.forEach(kernels::putIfAbsent);
    return this;
  }

  /** The kernel of an op. */
  @SuppressWarnings("unchecked")
  public <O extends Op> Kernel<O> of(O op) {
    Kernel<?> kernel = kernels.get(op.getClass());
    if (kernel == null && host && op instanceof CustomOp) {
      Kernel<CustomOp> own = CustomKernel::run;
      kernel = own;
    }
    if (kernel == null) {
      throw new DeviceException(
          op.label() + ": no " + backend + " kernel; " + missing(op.getClass()).orElseThrow());
    }
    return (Kernel<O>) kernel;
  }

  /** The kernel of an op type, if there is one. */
  public Optional<Kernel<?>> find(Class<? extends Op> type) {
    return Optional.ofNullable(kernels.get(type));
  }

  /** Where the kernel of an op type is written, if there is one. */
  public Optional<KernelSource> source(Class<? extends Op> type) {
    return find(type)
        .map(KernelClass::source)
        .map(s -> deviceCode.apply(s.type()).map(s::and).orElse(s));
  }

  /** Says in which file of the repository the device code that a kernel class launches is. */
  public KernelTable deviceCode(Function<String, Optional<String>> fileOfType) {
    deviceCode = fileOfType;
    return this;
  }

  /** Why ops of a type do not run here; empty if they do. */
  public Optional<String> missing(Class<? extends Op> type) {
    return kernels.containsKey(type)
        ? Optional.empty()
        : Optional.of(absent.getOrDefault(type, "it is not in the table"));
  }

  /** Why an op has no kernel here, if that was written down. */
  public Optional<String> reasonAbsent(Class<? extends Op> type) {
    return Optional.ofNullable(absent.get(type));
  }
}

package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceException;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * What the packed kernels were compiled for.
 *
 * @param binaries compute capabilities with machine code, 10 · major + minor; such code runs on
 *     devices of the same major and the same or a higher minor number
 * @param intermediate compute capability of the PTX, which the driver compiles for newer devices
 * @param compiler version of nvcc
 */
record KernelArchitectures(List<Integer> binaries, int intermediate, String compiler) {
  KernelArchitectures {
    binaries = List.copyOf(binaries);
  }

  static KernelArchitectures of(Properties index) {
    List<Integer> binaries =
        Arrays.stream(index.getProperty("architectures").split(" ")).map(Integer::valueOf).toList();
    return new KernelArchitectures(
        binaries,
        Integer.parseInt(index.getProperty("ptx")),
        index.getProperty("compiler", "unknown"));
  }

  /** True if the kernels run on such a device. */
  boolean run(int capability) {
    return capability >= intermediate
        || binaries.stream().anyMatch(b -> b / 10 == capability / 10 && b <= capability);
  }

  void require(CudaDeviceFacts facts) {
    if (!run(facts.capability())) {
      throw new DeviceException(
          "device "
              + facts.label()
              + ": "
              + facts.product()
              + " has compute capability "
              + facts.capabilityText()
              + ", the kernels of this jar are for "
              + this);
    }
  }

  @Override
  public String toString() {
    return binaries.stream()
            .map(b -> b / 10 + "." + b % 10)
            .collect(Collectors.joining(", ", "", ""))
        + " and newer than "
        + intermediate / 10
        + "."
        + intermediate % 10
        + " (nvcc "
        + compiler
        + ")";
  }
}

package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.contract.Catalogue;
import dev.maskrcnn.tensor.device.KernelSource;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KernelSourcesTest {

  /** {@code inspect op} tells people to read these files. */
  @Test
  void filesOfKernelsExist() {
    try (Device device = CudaTestDevice.open()) {
      for (Class<? extends Op> op : Catalogue.ops()) {
        Optional<KernelSource> source = device.kernels().source(op);
        for (String file : source.map(KernelSource::files).orElse(List.of())) {
          assertTrue(Files.isRegularFile(Path.of("..").resolve(file)), op + ": " + file);
        }
      }
      List<String> files = device.kernels().source(RoiAlign.class).orElseThrow().files();
      assertTrue(files.get(0).endsWith("/RoiAlignCuda.java"), files.toString());
      assertTrue(files.get(1).endsWith("/roi_align.cu"), files.toString());
    }
  }
}

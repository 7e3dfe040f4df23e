package dev.maskrcnn.detection.engine;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.KernelTable;
import dev.maskrcnn.tensor.spi.Memory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** A device without convolutions is refused before a run begins. */
final class SessionTest {
  /** A backend that has reasons in place of kernels, and no memory. */
  private record Bare(KernelTable kernels) implements Backend {
    @Override
    public String name() {
      return "bare:0";
    }

    @Override
    public Memory allocate(long bytes) {
      throw new UnsupportedOperationException("a device without kernels needs no memory");
    }

    @Override
    public void free(Memory memory) {}

    @Override
    public void upload(ByteBuffer source, Memory target) {}

    @Override
    public void download(Memory source, ByteBuffer target) {}

    @Override
    public void synchronize() {}

    @Override
    public long reservedBytes() {
      return 0;
    }

    @Override
    public void close() {}
  }

  @Test
  void aDeviceWithoutConvolutionsIsRefused() {
    KernelTable table =
        new KernelTable("bare:0")
            .absent(Conv2d.class, "it comes later")
            .absent(ConvTranspose2d.class, "it comes later")
            .absent(MatMul.class, "it comes later");
    try (Device device = new Device(new Bare(table))) {
      RunException e = assertThrows(RunException.class, () -> Session.requireKernels(device));
      assertEquals(
          "device bare:0: models need ops that have no kernel on it (Conv2d, ConvTranspose2d,"
              + " MatMul: it comes later); use --device cpu",
          e.getMessage());
    }
  }

  @Test
  void theCpuHasThem() {
    try (Device cpu = Device.cpu()) {
      assertDoesNotThrow(() -> Session.requireKernels(cpu));
    }
  }
}

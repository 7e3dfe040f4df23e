package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.device.HalfPrecision;
import dev.maskrcnn.tensor.device.HalfPrecision.Use;
import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.host.HostPool;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.KernelTable;
import dev.maskrcnn.tensor.spi.Memory;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.dnnl.global.dnnl;

/** The CPU: oneDNN for convolutions and matrix products, Java on all cores for the rest. */
final class CpuBackend implements Backend {
  /** Below that the rounding of operands is not worth the lost digits. */
  private static final double LEAST_SPEED = 1.15;

  private final HostPool pool = new HostPool();
  private final CpuSettings settings;
  private final Workers workers;
  private final OneDnn oneDnn;
  private final KernelTable kernels;

  CpuBackend(CpuSettings settings) {
    this.settings = settings;
    this.workers = new Workers(settings.threads());
    this.oneDnn = new OneDnn(pool, settings.threads());
    this.kernels = CpuKernels.table(workers, oneDnn, settings);
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public KernelTable kernels() {
    return kernels;
  }

  @Override
  public Memory allocate(long bytes) {
    return pool.allocate(bytes);
  }

  @Override
  public void free(Memory memory) {
    pool.free((HostMemory) memory);
  }

  @Override
  public void upload(ByteBuffer source, Memory target) {
    target.host().put(0, source, source.position(), source.remaining());
  }

  @Override
  public void download(Memory source, ByteBuffer target) {
    int n = target.remaining();
    target.put(source.host().duplicate().limit(n));
  }

  /**
   * bfloat16 where a short measurement says that it pays, or where {@code -Dmaskrcnn.cpu.bf16=true}
   * or {@code false} says so.
   */
  @Override
  public HalfPrecision halves(DType half) {
    if (half != DType.BF16) {
      return new HalfPrecision(
          Use.NONE, "there are no products of float16 for the CPU; try DTYPE bfloat16");
    }
    if (settings.bf16().equals(Optional.of(false))) {
      return new HalfPrecision(Use.NONE, "-D" + DeviceSetting.CPU_BF16.property() + "=false");
    }
    try {
      return decide(BrainFloatTrial.speed(oneDnn), settings.bf16().isPresent());
    } catch (OneDnnException e) {
      return new HalfPrecision(
          Use.NONE, "oneDNN has no products of bfloat16 for this processor: " + e.getMessage());
    }
  }

  private HalfPrecision decide(double speed, boolean forced) {
    String measured =
        String.format(
            Locale.ROOT,
            "a convolution with operands in bfloat16 is %.2f times as fast as in float32 here (%s)",
            speed,
            CpuReport.instructionSet(dnnl.dnnl_get_effective_cpu_isa()));
    boolean pays = forced || speed >= LEAST_SPEED;
    oneDnn.round(pays);
    return new HalfPrecision(pays ? Use.OPERANDS : Use.NONE, measured);
  }

  @Override
  public void synchronize() {
    // Kernels return when they are done.
  }

  @Override
  public long reservedBytes() {
    return pool.reservedBytes();
  }

  @Override
  public void close() {
    workers.close();
    oneDnn.close();
    pool.close();
  }
}

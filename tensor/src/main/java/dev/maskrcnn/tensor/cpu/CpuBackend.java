package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.host.HostPool;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.KernelTable;
import dev.maskrcnn.tensor.spi.Memory;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.bytedeco.dnnl.global.dnnl;

/** The CPU: oneDNN for convolutions and matrix products, Java on all cores for the rest. */
final class CpuBackend implements Backend {
  /** Below that the rounding of operands is not worth the lost digits. */
  private static final double LEAST_SPEED = 1.15;

  private final HostPool pool = new HostPool();
  private final Workers workers;
  private final OneDnn oneDnn;
  private final KernelTable kernels;

  CpuBackend(int threads) {
    this.workers = new Workers(threads);
    this.oneDnn = new OneDnn(pool, threads);
    this.kernels = CpuKernels.table(workers, oneDnn);
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
  public OperandRounding roundOperands(DType half) {
    if (half != DType.BF16) {
      return new OperandRounding(
          false, "there are no products of float16 for the CPU; try DTYPE bfloat16");
    }
    String wish = System.getProperty("maskrcnn.cpu.bf16", "measure");
    if (wish.equals("false")) {
      return new OperandRounding(false, "-Dmaskrcnn.cpu.bf16=false");
    }
    try {
      return decide(BrainFloatTrial.speed(oneDnn), wish.equals("true"));
    } catch (OneDnnException e) {
      return new OperandRounding(
          false, "oneDNN has no products of bfloat16 for this processor: " + e.getMessage());
    }
  }

  private OperandRounding decide(double speed, boolean forced) {
    String measured =
        String.format(
            Locale.ROOT,
            "a convolution with operands in bfloat16 is %.2f times as fast as in float32 here (%s)",
            speed,
            CpuReport.instructionSet(dnnl.dnnl_get_effective_cpu_isa()));
    boolean pays = forced || speed >= LEAST_SPEED;
    oneDnn.round(pays);
    return new OperandRounding(pays, measured);
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

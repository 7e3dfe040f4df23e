package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.host.HostPool;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.KernelTable;
import dev.maskrcnn.tensor.spi.Memory;
import java.nio.ByteBuffer;

/** The CPU: oneDNN for convolutions and matrix products, Java on all cores for the rest. */
final class CpuBackend implements Backend {
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

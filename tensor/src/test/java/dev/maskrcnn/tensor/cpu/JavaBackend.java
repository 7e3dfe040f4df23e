package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.host.HostPool;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.KernelTable;
import dev.maskrcnn.tensor.spi.Memory;
import java.nio.ByteBuffer;

/** The kernels of the CPU that are Java, with a number of threads of the test's choice. */
final class JavaBackend implements Backend {
  private final HostPool pool = new HostPool();
  private final Workers workers;
  private final KernelTable table = new KernelTable("java");

  JavaBackend(int threads) {
    workers = new Workers(threads);
    ReductionKernels.register(table, workers);
    PointwiseKernels.register(table, workers);
    MovementKernels.register(table, workers);
    PoolingKernels.register(table, workers);
    NormalizationKernels.register(table, workers);
    LossKernels.register(table, workers);
    UpdateKernels.register(table, workers);
  }

  @Override
  public String name() {
    return "java";
  }

  @Override
  public KernelTable kernels() {
    return table;
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
    target.put(source.host().slice(0, target.remaining()));
  }

  @Override
  public void synchronize() {}

  @Override
  public long reservedBytes() {
    return pool.reservedBytes();
  }

  @Override
  public void close() {
    workers.close();
    pool.close();
  }
}

package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.device.HalfPrecision;
import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.host.HostPool;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.KernelTable;
import dev.maskrcnn.tensor.spi.Memory;
import java.nio.ByteBuffer;

/** Host memory and the reference kernels: slow, and right by inspection. */
public final class ReferenceBackend implements Backend {
  private final HostPool pool = new HostPool();
  private final KernelTable kernels = ReferenceKernels.table();

  @Override
  public String name() {
    return "reference";
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
    target.host().duplicate().put(source);
  }

  @Override
  public void download(Memory source, ByteBuffer target) {
    target.put(source.host().slice(0, target.remaining()));
  }

  /** Not faster, but it defines what half precision gives. */
  @Override
  public HalfPrecision halves(DType half) {
    return new HalfPrecision(HalfPrecision.Use.TENSORS, "the definition of half precision");
  }

  /** Nothing to wait for: kernels run in the calling thread. */
  @Override
  public void synchronize() {}

  @Override
  public long reservedBytes() {
    return pool.reservedBytes();
  }

  @Override
  public void close() {
    pool.close();
  }
}

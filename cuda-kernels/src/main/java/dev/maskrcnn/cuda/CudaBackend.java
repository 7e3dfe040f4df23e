package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceActivity;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.device.HalfPrecision;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.Graph;
import dev.maskrcnn.tensor.spi.HostRead;
import dev.maskrcnn.tensor.spi.ImagePreparation;
import dev.maskrcnn.tensor.spi.KernelTable;
import dev.maskrcnn.tensor.spi.Memory;
import dev.maskrcnn.tensor.spi.Upload;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A CUDA device. Kernels return when they are issued; {@link #download} and {@link #synchronize}
 * wait, and tell the faults of what ran before.
 */
public final class CudaBackend implements Backend {
  private final CudaRuntime cuda;
  private final KernelTable kernels;
  private final ImagePreprocessCuda images;

  CudaBackend(CudaRuntime cuda) {
    this.cuda = cuda;
    this.kernels = CudaKernels.table(cuda);
    this.images = new ImagePreprocessCuda(cuda);
  }

  /** For launchers' tests and benchmarks. */
  CudaRuntime runtime() {
    return cuda;
  }

  /** A stopwatch on the device, for benchmarks. */
  public CudaTimer timer() {
    return new CudaTimer(cuda);
  }

  /** Product, compute capability, multiprocessors and memory in one line. */
  public String description() {
    return cuda.facts().toString();
  }

  @Override
  public String name() {
    return cuda.name();
  }

  @Override
  public KernelTable kernels() {
    return kernels;
  }

  @Override
  public Memory allocate(long bytes) {
    return cuda.memory().allocate(bytes);
  }

  @Override
  public void free(Memory memory) {
    ((CudaMemory) memory).free();
  }

  @Override
  public void upload(ByteBuffer source, Memory target) {
    requireFit("upload", source, target);
    cuda.upload(source, target.address());
  }

  @Override
  public void download(Memory source, ByteBuffer target) {
    requireFit("download", target, source);
    cuda.download(source.address(), target);
  }

  @Override
  public HostRead read(Memory source, int bytes) {
    return cuda.read(source.address(), bytes);
  }

  @Override
  public boolean uploadsAhead() {
    return true;
  }

  @Override
  public Upload ahead(Runnable uploads) {
    return cuda.copies().ahead(uploads);
  }

  @Override
  public Optional<ImagePreparation> imagePreparation() {
    return Optional.of(images);
  }

  @Override
  public void warnings(Consumer<String> log) {
    cuda.warnings(log);
  }

  @Override
  public DeviceActivity activity() {
    return cuda.activity().sum();
  }

  @Override
  public boolean capturesGraphs() {
    return cuda.options().flag(DeviceSetting.CUDA_GRAPHS, false);
  }

  @Override
  public Graph capture(Supplier<Runnable> pass) {
    return CudaCapture.of(cuda, pass);
  }

  @Override
  public void copy(Memory source, Memory target, long bytes) {
    cuda.copy(target.address(), source.address(), bytes);
  }

  private void requireFit(String what, ByteBuffer host, Memory device) {
    if (host.remaining() > device.bytes()) {
      throw new DeviceException(
          name()
              + ": "
              + what
              + " of "
              + host.remaining()
              + " bytes, the block has "
              + device.bytes());
    }
  }

  @Override
  public HalfPrecision halves(DType half) {
    return new HalfPrecision(HalfPrecision.Use.TENSORS, "tensor cores");
  }

  /** A read would wait for everything issued before. */
  @Override
  public boolean readsAreFree() {
    return false;
  }

  @Override
  public void synchronize() {
    cuda.synchronize();
  }

  /** Between two events; the host issues the work while the device is kept waiting. */
  @Override
  public double seconds(Runnable work) {
    synchronize();
    try (CudaTimer timer = timer()) {
      timer.delay();
      timer.start();
      work.run();
      return timer.stop() / 1e3;
    }
  }

  @Override
  public long reservedBytes() {
    return cuda.reservedBytes();
  }

  @Override
  public void close() {
    cuda.close();
  }
}

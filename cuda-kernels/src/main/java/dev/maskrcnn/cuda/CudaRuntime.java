package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.spi.HostRead;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.slf4j.LoggerFactory;

/**
 * One opened device: its primary context (which cuDNN and cuBLAS share), one stream on which all
 * work is issued in order, another for {@linkplain CopyStream uploads beside it}, the kernels'
 * modules, the memory pool and the launch parameters. Launchers use {@link #function}, {@link
 * #arguments}, {@link #scratch}, {@link #fill} and {@link #copy}; none of these waits for the
 * device. Used from one thread at a time.
 */
final class CudaRuntime implements AutoCloseable {
  private final CudaDeviceFacts facts;
  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final CUstream stream = new CUstream();
  private final CudaModules modules;
  private final CudaPool pool;
  private final GraphMemory graphMemory;
  private boolean capturing;
  private final Staging staging;
  private final CopyStream copies;
  private final PinnedReads reads;
  private final CudaActivity activity = new CudaActivity();
  private final Arguments arguments;
  private final KernelSignature signature;
  private final List<KernelFunction> functions = new ArrayList<>();
  private final KernelFunction delay;
  private final LaunchLog log;
  private final CudaLibraries libraries;
  private final ConvolutionPlans convolutions;
  private final Cublas cublas;
  private final Scratch scratch;
  private final DeviceOptions options;
  private Consumer<String> warnings = LoggerFactory.getLogger(CudaRuntime.class)::warn;

  /**
   * Opens a device.
   *
   * @throws DeviceException if there is no such device or the kernels do not run on it
   */
  CudaRuntime(CudaLibraries libraries, int index, DeviceOptions options) {
    this(libraries, index, options, CudaSettings.of(options, libraries.emulated()));
  }

  /** Opens a device with settings of convolutions other than those of the options. */
  CudaRuntime(CudaLibraries libraries, int index, DeviceOptions options, CudaSettings settings) {
    this.options = options;
    this.facts = CudaDeviceFacts.of(libraries, index);
    this.modules = CudaModules.of(libraries, facts);
    String name = facts.label();
    CudaResult.check(JCudaDriver.cuDeviceGet(device, index), name + ": device");
    CudaResult.check(
        JCudaDriver.cuDevicePrimaryCtxRetain(context, device),
        name + ": a context on it (is another program using the device exclusively?)");
    CudaResult.check(JCudaDriver.cuCtxSetCurrent(context), name + ": making it current");
    CudaResult.check(
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
        name + ": a stream");
    this.log = new LaunchLog(name, stream, options);
    this.delay = function("delay");
    // Kept blocks would blur what the emulation checks allocation by allocation.
    boolean pooled = options.flag(DeviceSetting.CUDA_POOL, !libraries.emulated());
    this.pool = new CudaPool(this, pooled);
    this.scratch = new Scratch(this);
    this.graphMemory = new GraphMemory(this, scratch);
    this.staging = new Staging(this, stream, activity::copied);
    this.copies = new CopyStream(this, pooled);
    this.reads = new PinnedReads(this);
    this.arguments = new Arguments();
    this.signature = KernelSignature.of(libraries);
    this.libraries = libraries;
    this.convolutions = new ConvolutionPlans(this, settings);
    this.cublas = new Cublas(this, settings);
  }

  // ---- for launchers ----

  /** A kernel by its name in the {@code .cu} file; a wrong name shows at its first launch. */
  KernelFunction function(String name) {
    KernelFunction function = new KernelFunction(this, name);
    functions.add(function);
    return function;
  }

  /** What the driver knows of the parameters of kernels. */
  KernelSignature signature() {
    return signature;
  }

  /** The kernel of {@code delay.cu}, for timers. */
  KernelFunction delay() {
    return delay;
  }

  /** All kernels that launchers asked for, for tests: each must exist. */
  List<KernelFunction> functions() {
    return functions;
  }

  /** The launch parameters, emptied; one block for all launches. */
  Arguments arguments() {
    return arguments.reset();
  }

  /**
   * Device address of at least {@code bytes} bytes with undefined content, aligned to 256 bytes.
   * There is one such block: the next call may give the same address or, to grow, another. An op
   * that needs several arrays asks once for their sum. What was launched before keeps its memory
   * until it ran, because the stream is in order.
   */
  long scratch(long bytes) {
    return scratch.address(bytes);
  }

  /** Sets {@code bytes} bytes at a device address to {@code value}, in stream order. */
  void fill(long address, byte value, long bytes) {
    if (bytes > 0) {
      bind();
      int code = JCudaDriver.cuMemsetD8Async(new DevicePointer(address), value, bytes, stream);
      log.check(code, "fill of " + bytes + " bytes");
      activity.copied();
    }
  }

  /** Sets {@code count} 4-byte words at a device address to {@code value}, in stream order. */
  void fillWords(long address, int value, long count) {
    if (count > 0) {
      bind();
      int code = JCudaDriver.cuMemsetD32Async(new DevicePointer(address), value, count, stream);
      log.check(code, "fill of " + count + " words");
      activity.copied();
    }
  }

  /** Sets {@code count} 2-byte words at a device address to {@code value}, in stream order. */
  void fillHalves(long address, short value, long count) {
    if (count > 0) {
      bind();
      int code = JCudaDriver.cuMemsetD16Async(new DevicePointer(address), value, count, stream);
      log.check(code, "fill of " + count + " half words");
      activity.copied();
    }
  }

  /** Copies {@code bytes} bytes between device addresses, in stream order. */
  void copy(long target, long source, long bytes) {
    if (bytes > 0) {
      bind();
      int code =
          JCudaDriver.cuMemcpyDtoDAsync(
              new DevicePointer(target), new DevicePointer(source), bytes, stream);
      log.check(code, "copy of " + bytes + " bytes on the device");
      activity.copied();
    }
  }

  /** What the device is: name, compute capability, memory, multiprocessors, limits. */
  CudaDeviceFacts facts() {
    return facts;
  }

  /** Where warnings go from now on. */
  void warnings(Consumer<String> log) {
    warnings = log;
  }

  /** Says what is not as it should be, in one line; the work goes on. */
  void warn(String line) {
    warnings.accept(line);
  }

  /** How the device was asked to compute. */
  DeviceOptions options() {
    return options;
  }

  /** How convolutions are computed. */
  ConvolutionPlans convolutions() {
    return convolutions;
  }

  /** Matrix products. */
  Cublas cublas() {
    return cublas;
  }

  // ---- for the backend ----

  /** Where blocks come from at the time. */
  CudaPool memory() {
    return copies.active() ? copies.pool() : graphMemory.inUse() ? graphMemory.pool() : pool;
  }

  /** Bytes held from the driver, in use and idle. */
  long reservedBytes() {
    return pool.reservedBytes()
        + graphMemory.pool().reservedBytes()
        + copies.pool().reservedBytes();
  }

  /** Uploads beside the computation. */
  CopyStream copies() {
    return copies;
  }

  /** Gives all idle memory back to the driver, which waits for the device. */
  void trim() {
    pool.trim();
    graphMemory.pool().trim();
    copies.pool().trim();
  }

  /** Memory of captured passes. */
  GraphMemory graphMemory() {
    return graphMemory;
  }

  /** Whether work is recorded at the time instead of being done. */
  boolean capturing() {
    return capturing;
  }

  void capturing(boolean now) {
    capturing = now;
  }

  /** What was asked of the device so far. */
  CudaActivity activity() {
    return activity;
  }

  /** Begins to copy device bytes to the host. */
  HostRead read(long source, int bytes) {
    refuseCaptured("reads back, which would read once");
    return reads.begin(source, bytes);
  }

  /** The driver and the libraries that this process uses. */
  CudaLibraries libraries() {
    return libraries;
  }

  /** {@code cuda:0}, {@code cuda-emulated:0}. */
  String name() {
    return facts.label();
  }

  CUstream stream() {
    return stream;
  }

  CudaModules modules() {
    return modules;
  }

  CudaPool pool() {
    return pool;
  }

  LaunchLog log() {
    return log;
  }

  /** Makes this device's context the calling thread's; every call of the driver needs it. */
  void bind() {
    int code = JCudaDriver.cuCtxSetCurrent(context);
    if (code != 0) {
      log.check(code, "making the context current");
    }
  }

  /** Notes a launch, or throws if the driver refused it. */
  void launched(KernelFunction kernel, Launch shape, int code) {
    activity.launched();
    log.launched(kernel, shape, code);
  }

  /** Copies host bytes to a device address; the source may be changed when this returns. */
  void upload(ByteBuffer source, long target) {
    refuseCaptured("copies from the host, which would copy the same each time");
    if (copies.active()) {
      copies.upload(source, target);
    } else {
      staging.upload(source, target);
    }
  }

  /** The driver would refuse it as well, but some events of ours would be of no more use then. */
  private void refuseCaptured(String what) {
    if (capturing) {
      throw new CudaException(name() + ": a captured pass " + what);
    }
  }

  /** Waits for the work issued so far and copies device bytes to the host. */
  void download(long source, ByteBuffer target) {
    refuseCaptured("reads back, which would wait for what is only recorded");
    staging.download(source, target);
  }

  /**
   * Waits for all issued work.
   *
   * @throws CudaException naming the kernels that may have faulted
   */
  void synchronize() {
    bind();
    activity.waited();
    log.check(copies.synchronize(), "waiting for uploads");
    log.settle(JCudaDriver.cuStreamSynchronize(stream), "waiting for the device");
  }

  /** Frees everything; after a fault the driver frees it with the context. */
  @Override
  public void close() {
    try {
      if (!log.faulted()) {
        synchronize();
      }
    } finally {
      arguments.close();
      if (!log.faulted()) {
        release();
      }
      int code = JCudaDriver.cuDevicePrimaryCtxRelease(device);
      if (!log.faulted()) {
        CudaResult.check(code, name() + ": releasing the context");
      }
    }
  }

  private void release() {
    scratch.close();
    convolutions.close();
    cublas.close();
    staging.close();
    copies.close();
    reads.close();
    graphMemory.pool().close();
    pool.close();
    modules.close();
    CudaResult.check(JCudaDriver.cuStreamDestroy(stream), name() + ": closing the stream");
  }
}

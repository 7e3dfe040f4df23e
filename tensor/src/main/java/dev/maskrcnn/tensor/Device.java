package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.device.DeviceActivity;
import dev.maskrcnn.tensor.device.DeviceChoice;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.HalfPrecision;
import dev.maskrcnn.tensor.device.KernelSource;
import dev.maskrcnn.tensor.op.ImagePlacement;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Fill;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Spec;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Where tensors live and ops run. {@link #dispatch} is the only way to run anything: it infers the
 * output specs, checks devices and lifetimes, allocates in the current frame, runs the backend's
 * kernel and tells the listeners.
 *
 * <p>A device belongs to the thread that opened it, until that thread {@linkplain #handOver hands
 * it over}. A call from another thread, or after {@link #close}, throws a {@link DeviceException}.
 */
public final class Device implements HostTensors, AutoCloseable {
  private final Backend backend;
  private final OpRunner ops;
  private final DeviceMemory memory = new DeviceMemory();
  private final DeviceOwner owner;
  private Frame top;

  /** A device on an already opened backend, which it closes. */
  public Device(Backend backend) {
    this.backend = backend;
    this.ops = new OpRunner(this, backend);
    this.owner = new DeviceOwner(backend.name());
    this.top = new Frame(this, null, "root");
  }

  /** The CPU through oneDNN and Java. */
  public static Device cpu() {
    return open("cpu");
  }

  /** The naive reference kernels: slow, and the definition of every op. */
  public static Device reference() {
    return open("reference");
  }

  /** Opens a device by name, with the options that the system properties give. */
  public static Device open(String name) {
    return open(DeviceChoice.of(name));
  }

  /**
   * Opens a device by name: {@code cpu}, {@code reference}, or a kind that another module provides,
   * such as {@code cuda} or {@code cuda:1}.
   *
   * @throws DeviceException if no such device can be opened
   */
  public static Device open(String name, DeviceOptions options) {
    return Devices.open(name, options);
  }

  /** Opens a device as it was chosen. */
  public static Device open(DeviceChoice choice) {
    return open(choice.name(), choice.options());
  }

  /** Name of the backend. */
  public String name() {
    return backend.name();
  }

  /** The kernels of this device, for backends and those who add a kernel. */
  public KernelTable kernels() {
    return backend.kernels();
  }

  /** The backend, for backends' own tests. */
  public Backend backend() {
    return backend;
  }

  /** Why ops of a type do not run here; empty if they do. */
  public Optional<String> missing(Class<? extends Op> type) {
    return kernels().missing(type);
  }

  /** Where the kernel of an op type is written, if there is one. */
  public Optional<KernelSource> source(Class<? extends Op> type) {
    return kernels().source(type);
  }

  /**
   * True if looking at results costs no wait (see {@link Backend#readsAreFree}): the one thing that
   * decides between trimming padded rows and computing them.
   */
  public boolean readsAreFree() {
    return backend.readsAreFree();
  }

  /**
   * What becomes of a wish for 16-bit floats. May round the operands of convolutions and matrix
   * products from now on: to be called before the first op.
   */
  public HalfPrecision halves(DType half) {
    return use().halves(half);
  }

  /** Tells warnings of the backend, one line each, to a log in place of SLF4J's. */
  public void warnings(Consumer<String> log) {
    backend.warnings(log);
  }

  /** What the device was asked to do since it opened. */
  public DeviceActivity activity() {
    return backend.activity();
  }

  /**
   * Gives the device up: it belongs to the thread that uses it next. The two threads must agree on
   * when, for instance by a queue.
   */
  public void handOver() {
    owner.handOver();
  }

  /** Runs an op and returns its outputs, which belong to the current frame. */
  public List<Tensor> dispatch(Op op, List<Tensor> inputs) {
    owner.require();
    return ops.run(op, inputs);
  }

  /** Adds a listener. */
  public void listen(OpListener listener) {
    ops.listeners().add(listener);
  }

  /** Removes a listener. */
  public void unlisten(OpListener listener) {
    ops.listeners().remove(listener);
  }

  /** Adds a listener of memory. */
  public void listen(MemoryListener listener) {
    memory.listeners().add(listener);
  }

  /** Removes a listener of memory. */
  public void unlisten(MemoryListener listener) {
    memory.listeners().remove(listener);
  }

  Tensor allocate(Spec spec, Object origin) {
    owner.require();
    Storage storage = new Storage(this, backend.allocate(spec.bytes()), spec.bytes());
    String label = origin instanceof Op op ? op.label() : String.valueOf(origin);
    Tensor t = new Tensor(this, spec, storage, label);
    top.adopt(t);
    memory.allocated(storage, label, path());
    return t;
  }

  /** Whether memory may be given back: not once the device is closed. */
  boolean takesBack() {
    if (owner.closed()) {
      return false;
    }
    owner.require();
    return true;
  }

  void reclaim(Storage storage) {
    memory.freed(storage);
    backend.free(storage.memory());
  }

  void adopt(Tensor t) {
    top.adopt(t);
  }

  /** An uninitialised tensor in the current frame. */
  public Tensor empty(Spec spec) {
    return allocate(spec, "empty");
  }

  /** A tensor of zeros in the current frame. */
  public Tensor zeros(Spec spec) {
    return host(spec, ByteBuffer.allocate(Math.toIntExact(spec.bytes())));
  }

  /** A tensor of one value in the current frame, made on the device. */
  public Tensor filled(Spec spec, double value) {
    return dispatch(new Fill(spec, value), List.of()).get(0);
  }

  @Override
  public Tensor host(Spec spec, ByteBuffer content) {
    Tensor t = allocate(spec, "host data");
    t.write(content);
    return t;
  }

  /** The backend, for a call from the thread that may make it. */
  Backend use() {
    owner.require();
    return backend;
  }

  // ---- work beside and instead of single ops ----

  /** True if {@link #prefetch} copies while the device computes. */
  public boolean prefetches() {
    return backend.uploadsAhead();
  }

  /**
   * Makes tensors of host data beside the computation: their memory is used by nothing that was
   * issued before, so their copies need not wait for it.
   *
   * @param name of the frame that the tensors live in
   * @param uploads makes tensors and writes them, and runs no op
   * @return to be joined before the first use of the tensors, and closed
   */
  public <T> Prefetch<T> prefetch(String name, Supplier<T> uploads) {
    owner.require();
    return Prefetch.begin(backend, apart(name), uploads);
  }

  /** True if {@link #captured} works. */
  public boolean captures() {
    return backend.capturesGraphs();
  }

  /**
   * Captures a pass, to be launched as a whole from then on. It runs twice: as a rehearsal, whose
   * result is closed, and recorded.
   *
   * @param pass frees all that it makes but its result, and asks for the same memory each time
   * @throws dev.maskrcnn.tensor.shape.TensorException if the pass does what cannot be recorded
   *     (waiting, allocating, copying from or to the host), if memory runs out, or what the pass
   *     throws; nothing is left of it then
   */
  public <R extends CapturedPass.Held> CapturedPass<R> captured(Supplier<R> pass) {
    owner.require();
    return CapturedPass.of(backend, pass);
  }

  /** True if {@link #prepare} works; where it does not, the host prepares images. */
  public boolean preparesImages() {
    return backend.imagePreparation().isPresent();
  }

  /**
   * Fills one image of a batch, padding included.
   *
   * @param pixels U8 {@code [h,w,3]}, RGB
   * @param batch {@code [N,H,W,C]} of F32, F16 or BF16, C at least 3; channels beyond the third
   *     become 0, and so do the pixels to the right of the image and below it
   * @throws DeviceException if the shapes do not fit or the device prepares no images
   */
  public void prepare(Tensor pixels, Tensor batch, ImagePlacement placement) {
    use()
        .imagePreparation()
        .orElseThrow(() -> new DeviceException("device " + name() + ": prepares no images"))
        .run(pixels.array(), batch.array(), placement);
    batch.storage().touch();
  }

  // ---- frames and module path ----

  /** Opens a frame; what is made from now on belongs to it. */
  public Frame push(String name) {
    owner.require();
    top = new Frame(this, top, name);
    return top;
  }

  /**
   * A frame apart from the stack, for data that outlives the frame in which it is made and the next
   * one: what is made in its {@link Frame#run} is freed when it closes.
   */
  Frame apart(String name) {
    return new Frame(this, null, name, true);
  }

  Frame exchange(Frame frame) {
    owner.require();
    Frame before = top;
    top = frame;
    return before;
  }

  void pop(Frame frame) {
    if (frame != top) {
      throw new FrameClosedException(
          "frame " + frame.name() + " closed while frame " + top.name() + " is on top of it");
    }
    if (frame.parent() != null) {
      top = frame.parent();
    }
  }

  /** Enters a module path segment, for messages and listeners. */
  public void enter(String segment) {
    owner.require();
    ops.enter(segment);
  }

  /** Leaves the innermost module path segment. */
  public void leave() {
    ops.leave();
  }

  /** The module path, segments joined by dots; empty outside of modules. */
  public String path() {
    return ops.path();
  }

  /** Bytes of all living tensors. */
  public long liveBytes() {
    return memory.bytes();
  }

  /** Number of living storages. */
  public long liveBlocks() {
    return memory.blocks();
  }

  /** Largest {@link #liveBytes} since the device opened or {@link #resetPeak}. */
  public long peakBytes() {
    return memory.peak();
  }

  /** Starts a new peak measurement. */
  public void resetPeak() {
    memory.resetPeak();
  }

  /** Bytes that the backend holds from the system, in use and pooled. */
  public long reservedBytes() {
    return backend.reservedBytes();
  }

  /** Waits for all issued work. */
  public void synchronize() {
    use().synchronize();
  }

  /**
   * Runs work, waits for it and returns how many seconds it took. A device with a clock of its own
   * leaves out what the host needs to issue the work.
   */
  public double seconds(Runnable work) {
    return use().seconds(work);
  }

  /**
   * Frees the root frame and the backend. Closing twice is harmless.
   *
   * @throws FrameClosedException if tensors are still held outside of frames
   */
  @Override
  public void close() {
    if (owner.closed()) {
      return;
    }
    owner.require();
    while (top.parent() != null) {
      top.close();
    }
    top.close();
    owner.close();
    backend.close();
    if (memory.blocks() != 0) {
      throw new FrameClosedException(
          "device "
              + name()
              + " closed with "
              + memory.blocks()
              + " storages alive, "
              + memory.bytes()
              + " bytes; close the tensors that were promoted or shared");
    }
  }
}

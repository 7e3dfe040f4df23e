package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Fill;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.ShapeException;
import dev.maskrcnn.tensor.shape.Spec;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.BackendProvider;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import dev.maskrcnn.tensor.spi.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.TreeSet;

/**
 * Where tensors live and ops run. {@link #dispatch} is the only way to run anything: it infers the
 * output specs, checks devices and lifetimes, allocates in the current frame, runs the backend's
 * kernel and tells the listeners. A device is used from one thread.
 */
public final class Device implements AutoCloseable {
  private final Backend backend;
  private final List<OpListener> listeners = new ArrayList<>();
  private final List<MemoryListener> memoryListeners = new ArrayList<>();
  private final List<String> path = new ArrayList<>();
  private String joinedPath = "";
  private Frame top;
  private long liveBytes;
  private long peakBytes;
  private long liveBlocks;

  /** A device on an already opened backend, which it closes. */
  public Device(Backend backend) {
    this.backend = backend;
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

  /**
   * Opens a device by name: {@code cpu}, {@code reference}, or a kind that another module provides.
   *
   * @throws DeviceException if no such device can be opened
   */
  public static Device open(String name) {
    String kind = name.toLowerCase(Locale.ROOT);
    int index = 0;
    int colon = kind.indexOf(':');
    if (colon >= 0) {
      try {
        index = Integer.parseInt(kind.substring(colon + 1));
      } catch (NumberFormatException e) {
        throw new DeviceException("device " + name + ": the part after ':' must be a number");
      }
      kind = kind.substring(0, colon);
    }
    TreeSet<String> known = new TreeSet<>();
    for (BackendProvider p : ServiceLoader.load(BackendProvider.class)) {
      if (p.kind().equals(kind)) {
        return new Device(p.open(index));
      }
      known.add(p.kind());
    }
    throw new DeviceException(
        "device " + name + ": no such device; choose one of " + String.join(", ", known));
  }

  /** Name of the backend. */
  public String name() {
    return backend.name();
  }

  /** The kernels of this device. */
  public KernelTable kernels() {
    return backend.kernels();
  }

  /**
   * True if looking at results costs no wait (see {@link Backend#readsAreFree}): the one thing that
   * decides between trimming padded rows and computing them.
   */
  public boolean readsAreFree() {
    return backend.readsAreFree();
  }

  /** The backend, for code that belongs to it. */
  public Backend backend() {
    return backend;
  }

  // ---- ops ----

  /** Runs an op and returns its outputs, which belong to the current frame. */
  public List<Tensor> dispatch(Op op, List<Tensor> inputs) {
    List<Spec> specs = new ArrayList<>(inputs.size());
    for (Tensor t : inputs) {
      t.requireOpen();
      if (t.device() != this) {
        throw new DeviceException(
            op.label()
                + ": input "
                + t.spec()
                + " is on "
                + t.device().name()
                + ", the op runs on "
                + name()
                + where());
      }
      specs.add(t.spec());
    }
    List<Spec> outSpecs;
    try {
      outSpecs = op.infer(specs);
    } catch (ShapeException e) {
      throw path.isEmpty() ? e : new ShapeException(e.getMessage() + where());
    }
    List<Tensor> outputs = new ArrayList<>(outSpecs.size());
    for (Spec s : outSpecs) {
      outputs.add(allocate(s, op));
    }
    run(op, inputs, outputs);
    for (int i : op.mutates()) {
      inputs.get(i).storage().touch();
    }
    return outputs;
  }

  private void run(Op op, List<Tensor> inputs, List<Tensor> outputs) {
    long start = listeners.isEmpty() ? 0 : System.nanoTime();
    backend.kernels().of(op).run(new KernelCall<>(op, inputs, outputs));
    if (!listeners.isEmpty()) {
      long nanos = System.nanoTime() - start;
      for (OpListener l : listeners) {
        l.ran(op, inputs, outputs, nanos, path());
      }
    }
  }

  /** Adds a listener. */
  public void listen(OpListener listener) {
    listeners.add(listener);
  }

  /** Removes a listener. */
  public void unlisten(OpListener listener) {
    listeners.remove(listener);
  }

  /** Adds a listener of memory. */
  public void listen(MemoryListener listener) {
    memoryListeners.add(listener);
  }

  /** Removes a listener of memory. */
  public void unlisten(MemoryListener listener) {
    memoryListeners.remove(listener);
  }

  // ---- making tensors ----

  private Tensor allocate(Spec spec, Object origin) {
    long bytes = spec.bytes();
    Memory memory = backend.allocate(bytes);
    liveBytes += bytes;
    liveBlocks++;
    peakBytes = Math.max(peakBytes, liveBytes);
    String label = origin instanceof Op op ? op.label() : String.valueOf(origin);
    Tensor t = new Tensor(this, spec, new Storage(this, memory, bytes), label);
    top.adopt(t);
    for (MemoryListener l : memoryListeners) {
      l.allocated(t.storage(), bytes, label, path());
    }
    return t;
  }

  void reclaim(Storage storage, Memory memory, long bytes) {
    liveBytes -= bytes;
    liveBlocks--;
    for (MemoryListener l : memoryListeners) {
      l.freed(storage);
    }
    backend.free(memory);
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
    Tensor t = allocate(spec, "zeros");
    write(t, ByteBuffer.allocate(Math.toIntExact(spec.bytes())).order(ByteOrder.LITTLE_ENDIAN));
    return t;
  }

  /** A tensor of one value in the current frame, made on the device. */
  public Tensor filled(Spec spec, double value) {
    return dispatch(new Fill(spec, value), List.of()).get(0);
  }

  /** An F32 tensor with the given values. */
  public Tensor of(Shape shape, float... values) {
    require(shape, values.length);
    ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    b.asFloatBuffer().put(values);
    return host(new Spec(shape, DType.F32), b);
  }

  /** An I32 tensor with the given values. */
  public Tensor of(Shape shape, int... values) {
    require(shape, values.length);
    ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    b.asIntBuffer().put(values);
    return host(new Spec(shape, DType.I32), b);
  }

  /** An F64 tensor with the given values. */
  public Tensor of(Shape shape, double... values) {
    require(shape, values.length);
    ByteBuffer b = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    b.asDoubleBuffer().put(values);
    return host(new Spec(shape, DType.F64), b);
  }

  /** A U8 tensor with the given values. */
  public Tensor of(Shape shape, byte... values) {
    require(shape, values.length);
    return host(new Spec(shape, DType.U8), ByteBuffer.wrap(values));
  }

  /** A float tensor of the given type (F32 or F64) with values rounded to it. */
  public Tensor of(DType dtype, Shape shape, double... values) {
    if (dtype == DType.F64) {
      return of(shape, values);
    }
    float[] f = new float[values.length];
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) values[i];
    }
    return of(shape, f);
  }

  private Tensor host(Spec spec, ByteBuffer content) {
    Tensor t = allocate(spec, "host data");
    write(t, content);
    return t;
  }

  private static void require(Shape shape, int count) {
    if (shape.size() != count) {
      throw new ShapeException("tensor: " + count + " values given for shape " + shape);
    }
  }

  void write(Tensor t, ByteBuffer source) {
    backend.upload(source, t.memory());
    t.storage().touch();
  }

  ByteBuffer readable(Tensor t) {
    ByteBuffer b =
        ByteBuffer.allocate(Math.toIntExact(t.spec().bytes())).order(ByteOrder.LITTLE_ENDIAN);
    backend.download(t.memory(), b);
    b.flip();
    return b;
  }

  // ---- frames and module path ----

  /** Opens a frame; what is made from now on belongs to it. */
  public Frame push(String name) {
    top = new Frame(this, top, name);
    return top;
  }

  /**
   * A frame apart from the stack, for data that outlives the frame in which it is made and the next
   * one: what is made in its {@link Frame#run} is freed when it closes.
   */
  public Frame apart(String name) {
    return new Frame(this, null, name, true);
  }

  Frame exchange(Frame frame) {
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
    path.add(segment);
    joinedPath = null;
  }

  /** Leaves the innermost module path segment. */
  public void leave() {
    path.remove(path.size() - 1);
    joinedPath = null;
  }

  /** The module path, segments joined by dots; empty outside of modules. */
  public String path() {
    if (joinedPath == null) { // Asked for once per op, changed once per module.
      joinedPath = String.join(".", path);
    }
    return joinedPath;
  }

  private String where() {
    return path.isEmpty() ? "" : " at " + path();
  }

  // ---- memory figures ----

  /** Bytes of all living tensors. */
  public long liveBytes() {
    return liveBytes;
  }

  /** Number of living storages. */
  public long liveBlocks() {
    return liveBlocks;
  }

  /** Largest {@link #liveBytes} since the device opened or {@link #resetPeak}. */
  public long peakBytes() {
    return peakBytes;
  }

  /** Starts a new peak measurement. */
  public void resetPeak() {
    peakBytes = liveBytes;
  }

  /** Bytes that the backend holds from the system, in use and pooled. */
  public long reservedBytes() {
    return backend.reservedBytes();
  }

  /** Waits for all issued work. */
  public void synchronize() {
    backend.synchronize();
  }

  /**
   * Frees the root frame and the backend.
   *
   * @throws FrameClosedException if tensors are still held outside of frames
   */
  @Override
  public void close() {
    while (top.parent() != null) {
      top.close();
    }
    top.close();
    long blocks = liveBlocks;
    long bytes = liveBytes;
    backend.close();
    if (blocks != 0) {
      throw new FrameClosedException(
          "device "
              + name()
              + " closed with "
              + blocks
              + " storages alive, "
              + bytes
              + " bytes; close the tensors that were promoted or shared");
    }
  }
}

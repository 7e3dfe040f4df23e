package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.ShapeException;
import dev.maskrcnn.tensor.shape.Spec;
import dev.maskrcnn.tensor.spi.DenseArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;

/**
 * A dense row-major array on a device. It carries no gradient (see {@code autograd.Variable}) and
 * has no strides: the only view is {@link #reshape} of the whole. A tensor belongs to the frame in
 * which it was made; {@link #share} gives a second handle on the same memory that belongs to its
 * caller. Used from the thread of its device.
 */
public final class Tensor implements ArrayOps<Tensor>, AutoCloseable {
  private final Device device;
  private final DenseArray array;
  private final Storage storage;
  private final String origin;
  private Frame frame;
  private boolean open = true;

  Tensor(Device device, Spec spec, Storage storage, String origin) {
    this.device = device;
    this.array = new DenseArray(spec, storage);
    this.storage = storage;
    this.origin = origin;
    storage.hold();
  }

  /** The device that holds the data. */
  public Device device() {
    return device;
  }

  /** Shape and type. */
  @Override
  public Spec spec() {
    return array.spec();
  }

  /** What made this tensor, for messages. */
  public String origin() {
    return origin;
  }

  /** Memory and version; throws if the tensor was closed. */
  public Storage storage() {
    requireOpen();
    return storage;
  }

  /** The data, for kernels; throws if the tensor was closed. */
  DenseArray array() {
    requireOpen();
    return array;
  }

  /** True until the frame or owner closed it. */
  public boolean isOpen() {
    return open;
  }

  void requireOpen() {
    if (!open) {
      throw new FrameClosedException(
          "tensor "
              + spec()
              + " from "
              + origin
              + " was used after its frame closed; return it from the module or escape it");
    }
  }

  void frame(Frame owner) {
    frame = owner;
  }

  @Override
  public List<Tensor> bind(Op op, List<Tensor> inputs) {
    return device.dispatch(op, inputs);
  }

  /** The same data under another shape of the same size, in the current frame. */
  @Override
  public Tensor reshape(Shape shape) {
    requireOpen();
    device.use();
    if (shape.size() != spec().shape().size()) {
      throw new ShapeException(
          "reshape: "
              + spec().shape()
              + " has "
              + spec().shape().size()
              + " elements, "
              + shape
              + " has "
              + shape.size());
    }
    Tensor view = new Tensor(device, new Spec(shape, spec().dtype()), storage, origin);
    device.adopt(view);
    return view;
  }

  /** A second handle on the same memory. It belongs to no frame: the caller closes it. */
  public Tensor share() {
    requireOpen();
    device.use();
    return new Tensor(device, spec(), storage, origin);
  }

  /** Moves this tensor out of its frame: from now on the caller closes it. */
  public Tensor promote() {
    requireOpen();
    device.use();
    if (frame != null) {
      frame.forget(this);
      frame = null;
    }
    return this;
  }

  /** A copy in the current frame. */
  public Tensor copy() {
    Tensor t = device.empty(spec());
    t.write(bytes());
    return t;
  }

  // ---- host access; on a GPU each of these waits for the device ----

  private ByteBuffer bytes() {
    int bytes = Math.toIntExact(spec().bytes());
    ByteBuffer content = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    device.use().download(array().memory(), content);
    return content.flip();
  }

  /** Begins to copy the present content (F32 or I32) to the host, without waiting for it. */
  public HostCopy readLater() {
    int bytes = Math.toIntExact(spec().bytes());
    return new HostCopy(spec(), device.use().read(array().memory(), bytes));
  }

  /** All elements as floats (F32 only). */
  public float[] toFloats() {
    require(DType.F32);
    float[] a = new float[elements()];
    bytes().asFloatBuffer().get(a);
    return a;
  }

  /** All elements as doubles, from any type with at least the precision of float. */
  public double[] toDoubles() {
    double[] a = new double[elements()];
    ByteBuffer b = bytes();
    switch (spec().dtype()) {
      case F64 -> b.asDoubleBuffer().get(a);
      case F32 -> {
        FloatBuffer f = b.asFloatBuffer();
        for (int i = 0; i < a.length; i++) {
          a[i] = f.get(i);
        }
      }
      case I32 -> {
        IntBuffer n = b.asIntBuffer();
        for (int i = 0; i < a.length; i++) {
          a[i] = n.get(i);
        }
      }
      case U8 -> {
        for (int i = 0; i < a.length; i++) {
          a[i] = b.get(i) & 0xff;
        }
      }
      default -> throw new ShapeException("toDoubles: " + spec().dtype() + " is not supported");
    }
    return a;
  }

  /** All elements as ints (I32 or U8). */
  public int[] toInts() {
    int[] a = new int[elements()];
    if (spec().dtype() == DType.U8) {
      ByteBuffer b = bytes();
      for (int i = 0; i < a.length; i++) {
        a[i] = b.get(i) & 0xff;
      }
      return a;
    }
    require(DType.I32);
    bytes().asIntBuffer().get(a);
    return a;
  }

  /** All elements as raw bytes (U8 only). */
  public byte[] toBytes() {
    require(DType.U8);
    byte[] a = new byte[elements()];
    bytes().get(a);
    return a;
  }

  /** The only element as a double. */
  public double item() {
    if (spec().shape().size() != 1) {
      throw new ShapeException("item: " + spec() + " does not have exactly one element");
    }
    return toDoubles()[0];
  }

  /** Overwrites the content with that of another tensor of the same spec, on the device. */
  public void copyFrom(Tensor source) {
    if (!source.spec().equals(spec()) || source.device != device) {
      throw new ShapeException("copy: " + source + " to " + this + ", expected equal specs");
    }
    device.use().copy(source.array().memory(), array().memory(), spec().bytes());
    storage.touch();
  }

  /** Overwrites the content with raw little-endian bytes. */
  public void write(ByteBuffer source) {
    requireOpen();
    if (source.remaining() != spec().bytes()) {
      throw new ShapeException(
          "write: " + source.remaining() + " bytes given for " + spec() + " of " + spec().bytes());
    }
    device.use().upload(source, array().memory());
    storage.touch();
  }

  private int elements() {
    return Math.toIntExact(spec().shape().size());
  }

  private void require(DType wanted) {
    if (spec().dtype() != wanted) {
      throw new ShapeException("host access: tensor is " + spec() + ", expected " + wanted);
    }
  }

  /** Gives up this handle; the memory is freed with its last handle. Closing twice is harmless. */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    boolean taken = device.takesBack();
    open = false;
    if (frame != null) {
      frame.forget(this);
      frame = null;
    }
    if (taken) {
      storage.release();
    }
  }

  @Override
  public String toString() {
    return "Tensor(" + spec() + (open ? "" : ", closed") + ", from " + origin + ")";
  }
}

package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.DType;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.DeviceException;
import dev.maskrcnn.tensor.Spec;
import dev.maskrcnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * SGD with momentum over all parameters of a model in one launch of {@code sgd.cu}: looks for inf
 * and NaN among the gradients, takes the loss scale out of them, updates float32 weights and
 * momenta, writes the copies that the network reads, and moves the loss scale on. The host reads
 * nothing of it, so a step never waits:
 *
 * <pre>{@code
 * Tensor scale = sgd.scale();                      // on the device; multiply the loss by it
 * sgd.step(gradients, rate, 0.9);                  // gradients of the scaled loss
 * }</pre>
 *
 * <p>The weights are changed behind {@code Device.dispatch}: versions of their storages do not
 * advance. Belongs to the device's thread.
 */
public final class MultiTensorSgdCuda implements AutoCloseable {
  private static final int THREADS = 256;

  /** Elements of a task; as in {@code sgd.cu}. */
  private static final int CHUNK = 16384;

  /** Bytes of the structs SgdTensor, SgdChunk and LossScaleState of {@code sgd.cu}. */
  private static final int TENSOR_BYTES = 56;

  private static final int GRADIENT_AT = 16;
  private static final int GRADIENT_TYPE_AT = 48;
  private static final int CHUNK_BYTES = 8;
  private static final int STATE_WORDS = 9;

  private final CudaRuntime cuda;
  private final KernelFunction kernel;
  private final Device device;
  private final List<SgdParameter> parameters;
  private final LossScaling scaling;
  private final ByteBuffer rows;
  private final Tensor table;
  private final Tensor chunks;
  private final Tensor state;
  private final int tasks;

  /**
   * Prepares steps over parameters of a CUDA device.
   *
   * @throws DeviceException if the device is not one
   */
  public MultiTensorSgdCuda(Device device, List<SgdParameter> parameters, LossScaling scaling) {
    if (!(device.backend() instanceof CudaBackend backend)) {
      throw new DeviceException("sgd: device " + device.name() + " is not a cuda device");
    }
    this.cuda = backend.runtime();
    this.kernel = cuda.function("multi_tensor_sgd");
    this.device = device;
    this.parameters = List.copyOf(parameters);
    this.scaling = scaling;
    this.rows = buffer(TENSOR_BYTES * this.parameters.size());
    for (int i = 0; i < this.parameters.size(); i++) {
      describe(i);
    }
    this.table = resident(DType.U8, rows.capacity());
    ByteBuffer pieces = pieces(this.parameters);
    this.tasks = pieces.remaining() / CHUNK_BYTES;
    this.chunks = resident(DType.U8, pieces.remaining());
    chunks.write(pieces);
    this.state = resident(DType.F32, STATE_WORDS);
    restore(scaling.start());
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private Tensor resident(DType type, int elements) {
    return device.empty(Spec.of(type, elements)).promote();
  }

  private void describe(int i) {
    SgdParameter p = parameters.get(i);
    Tensor copy = p.copy();
    int at = i * TENSOR_BYTES;
    rows.putLong(at, p.value().memory().address());
    rows.putLong(at + 8, p.momentum().memory().address());
    rows.putLong(at + 24, copy == null ? 0 : copy.memory().address());
    rows.putLong(at + 32, p.value().shape().size());
    rows.putFloat(at + 40, (float) p.rule().rateFactor());
    rows.putFloat(at + 44, (float) p.rule().decay());
    rows.putInt(at + 52, copy == null ? 0 : SgdParameter.typeCode(p.name(), copy.spec().dtype()));
  }

  /** Rows (parameter, number of the chunk within it). */
  private static ByteBuffer pieces(List<SgdParameter> parameters) {
    long count = 0;
    for (SgdParameter p : parameters) {
      count += Launch.ceilDiv(p.value().shape().size(), CHUNK);
    }
    ByteBuffer pieces = buffer(Math.toIntExact(count * CHUNK_BYTES));
    for (int i = 0; i < parameters.size(); i++) {
      long of = Launch.ceilDiv(parameters.get(i).value().shape().size(), CHUNK);
      for (int k = 0; k < of; k++) {
        pieces.putInt(i).putInt(k);
      }
    }
    return pieces.flip();
  }

  /**
   * Enqueues a step and returns at once.
   *
   * @param gradients of the scaled loss, in the order of the parameters and of their shapes: F32,
   *     F16 or BF16; not changed
   * @param rate learning rate
   * @param momentum factor of the momenta
   */
  public void step(List<Tensor> gradients, double rate, double momentum) {
    if (gradients.size() != parameters.size()) {
      throw new CudaException(
          "sgd: " + gradients.size() + " gradients for " + parameters.size() + " parameters");
    }
    if (point(gradients)) {
      table.write(rows.duplicate());
    }
    kernel.launch(
        Launch.blocks(scaling.isDynamic() ? 2L * tasks : tasks, THREADS),
        cuda.arguments()
            .pointer(table)
            .pointer(chunks)
            .integer(tasks)
            .integer(scaling.isDynamic() ? tasks : 0)
            .number((float) rate)
            .number((float) momentum)
            .number((float) scaling.growth())
            .number((float) scaling.backoff())
            .integer(scaling.interval())
            .pointer(state));
  }

  /** Enters the gradients; true if they lie elsewhere than at the last step. */
  private boolean point(List<Tensor> gradients) {
    boolean moved = false;
    for (int i = 0; i < parameters.size(); i++) {
      SgdParameter p = parameters.get(i);
      Tensor g = gradients.get(i);
      if (g.device() != device || !g.shape().equals(p.value().shape())) {
        throw new CudaException(
            "sgd: gradient of parameter "
                + p.name()
                + " is "
                + g.spec()
                + " on "
                + g.device().name()
                + ", expected shape "
                + p.value().shape()
                + " on "
                + device.name());
      }
      int at = i * TENSOR_BYTES;
      long address = g.memory().address();
      int type = SgdParameter.typeCode(p.name() + ": gradient", g.spec().dtype());
      if (rows.getLong(at + GRADIENT_AT) != address || rows.getInt(at + GRADIENT_TYPE_AT) != type) {
        rows.putLong(at + GRADIENT_AT, address);
        rows.putInt(at + GRADIENT_TYPE_AT, type);
        moved = true;
      }
    }
    return moved;
  }

  /** What it updates. */
  public List<SgdParameter> parameters() {
    return parameters;
  }

  /** The present scale, F32 of one element in the current frame, without waiting. */
  public Tensor scale() {
    return state.slice(0, 0, 1);
  }

  /** Where the scaling stands; waits for the device. */
  public LossScaling.State state() {
    ByteBuffer words = buffer(STATE_WORDS * Float.BYTES);
    device.backend().download(state.memory(), words);
    return new LossScaling.State(
        words.getFloat(0),
        words.getInt(4),
        words.getInt(8) != 0,
        words.getInt(12),
        words.getInt(16));
  }

  /** Continues from a state, such as that of a checkpoint. */
  public void restore(LossScaling.State from) {
    ByteBuffer words = buffer(STATE_WORDS * Float.BYTES);
    words.putFloat(0, from.scale());
    words.putInt(4, from.tracker());
    words.putInt(8, from.skippedLast() ? 1 : 0);
    words.putInt(12, from.taken());
    words.putInt(16, from.skipped());
    state.write(words);
  }

  /** Frees the tables; the parameters remain. */
  @Override
  public void close() {
    table.close();
    chunks.close();
    state.close();
  }
}

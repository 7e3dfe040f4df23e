package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Update.SgdRule;
import dev.maskrcnn.tensor.op.Update.SgdUpdate;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.Contents;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Where the parameters of a model lie and how they are cut into tasks, on the device: what the one
 * launch of {@code multi_tensor_sgd} goes by. It stays there from step to step; only what moved is
 * written again.
 */
final class SgdTable implements Contents.Attachment {
  /** Elements of a task; as in {@code sgd.cu}. */
  private static final int CHUNK = 16384;

  /** Bytes of the structs SgdTensor and SgdChunk of {@code sgd.cu}. */
  private static final int TENSOR_BYTES = 56;

  private static final int CHUNK_BYTES = 8;

  private final CudaRuntime cuda;
  private final List<SgdRule> rules;
  private final ByteBuffer rows;
  private final CudaMemory table;
  private final CudaMemory chunks;
  private final int tasks;

  /** A table for the parameters of a call. */
  SgdTable(CudaRuntime cuda, KernelCall<SgdUpdate> call) {
    this.cuda = cuda;
    this.rules = call.op().rules();
    this.rows = buffer(TENSOR_BYTES * rules.size());
    ByteBuffer pieces = pieces(call);
    this.tasks = pieces.remaining() / CHUNK_BYTES;
    this.table = cuda.pool().allocate(rows.capacity());
    this.chunks = cuda.pool().allocate(pieces.remaining());
    cuda.upload(pieces, chunks.address());
  }

  /** Whether the table was made for parameters of these rules. */
  boolean fits(List<SgdRule> others) {
    return rules == others || rules.equals(others);
  }

  /** Enters where the operands of a call lie. */
  void point(KernelCall<SgdUpdate> call) {
    boolean moved = false;
    int in = 2;
    for (int i = 0; i < rules.size(); i++) {
      SgdRule rule = rules.get(i);
      int at = i * TENSOR_BYTES;
      DenseArray gradient = call.in(in + 2);
      DenseArray copy = rule.copied() ? call.in(in + 3) : null;
      moved |= enter(at, address(call.in(in)));
      moved |= enter(at + 8, address(call.in(in + 1)));
      moved |= enter(at + 16, address(gradient));
      moved |= enter(at + 24, copy == null ? 0 : address(copy));
      moved |= enter(at + 32, call.in(in).shape().size());
      moved |= enter(at + 40, rule.bias() ? 1 : 0, Float.floatToRawIntBits((float) rule.decay()));
      moved |= enter(at + 48, type(gradient), copy == null ? 0 : type(copy));
      in += rule.copied() ? 4 : 3;
    }
    if (moved) {
      cuda.upload(rows.duplicate(), table.address());
    }
  }

  private static long address(DenseArray t) {
    return t.memory().address();
  }

  private boolean enter(int at, int low, int high) {
    return enter(at, (long) high << 32 | low & 0xffffffffL);
  }

  private boolean enter(int at, long value) {
    boolean changed = rows.getLong(at) != value;
    rows.putLong(at, value);
    return changed;
  }

  /** The number that {@code sgd.cu} has for an element type. */
  private static int type(DenseArray t) {
    DType type = t.spec().dtype();
    return type == DType.F32 ? 0 : type == DType.F16 ? 1 : 2;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Rows (parameter, number of the chunk within it). */
  private static ByteBuffer pieces(KernelCall<SgdUpdate> call) {
    List<SgdRule> rules = call.op().rules();
    long[] counts = new long[rules.size()];
    long all = 0;
    int in = 2;
    for (int i = 0; i < counts.length; i++) {
      counts[i] = Launch.ceilDiv(call.in(in).shape().size(), CHUNK);
      all += counts[i];
      in += rules.get(i).copied() ? 4 : 3;
    }
    ByteBuffer pieces = buffer(Math.toIntExact(all * CHUNK_BYTES));
    for (int i = 0; i < counts.length; i++) {
      for (int k = 0; k < counts[i]; k++) {
        pieces.putInt(i).putInt(k);
      }
    }
    return pieces.flip();
  }

  /** Device address of the parameters. */
  long tensors() {
    return table.address();
  }

  /** Device address of the tasks. */
  long chunks() {
    return chunks.address();
  }

  /** Number of tasks. */
  int tasks() {
    return tasks;
  }

  @Override
  public void close() {
    cuda.pool().free(table);
    cuda.pool().free(chunks);
  }
}

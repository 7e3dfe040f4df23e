package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import dev.maskrcnn.tensor.op.Movement.GatherRowsBackward;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import dev.maskrcnn.tensor.op.Movement.SelectClassBackward;
import dev.maskrcnn.tensor.op.Movement.Slice;
import dev.maskrcnn.tensor.op.Movement.SliceBackward;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/** Ops that move elements: copies of raw bytes, for any element type. */
final class MovementKernels {
  private final Workers workers;

  private MovementKernels(Workers workers) {
    this.workers = workers;
  }

  static void register(KernelTable table, Workers workers) {
    MovementKernels k = new MovementKernels(workers);
    table.put(Concat.class, k::concat);
    table.put(Slice.class, k::slice);
    table.put(SliceBackward.class, k::sliceBackward);
    table.put(GatherRows.class, k::gatherRows);
    table.put(GatherRowsBackward.class, k::gatherRowsBackward);
    table.put(BatchGather.class, k::batchGather);
    table.put(SelectClass.class, k::selectClass);
    table.put(SelectClassBackward.class, k::selectClassBackward);
  }

  private void concat(KernelCall<Concat> call) {
    int axis = call.op().axis();
    int start = 0;
    for (DenseArray t : call.inputs()) {
      int extent = t.shape().dim(axis);
      Strip to = Strip.part(call.out(0), axis, start, extent);
      Strip.copy(workers, Strip.part(t, axis, 0, extent), to);
      start += extent;
    }
  }

  private void slice(KernelCall<Slice> call) {
    Slice op = call.op();
    Strip from = Strip.part(call.in(0), op.axis(), op.start(), op.length());
    Strip.copy(workers, from, Strip.part(call.out(0), op.axis(), 0, op.length()));
  }

  private void sliceBackward(KernelCall<SliceBackward> call) {
    int axis = call.op().axis();
    int start = call.op().start();
    int extent = call.in(0).shape().dim(axis);
    int end = start + extent;
    DenseArray dx = call.out(0);
    Strip.zero(workers, Strip.part(dx, axis, 0, start));
    Strip.copy(
        workers, Strip.part(call.in(0), axis, 0, extent), Strip.part(dx, axis, start, extent));
    Strip.zero(workers, Strip.part(dx, axis, end, call.op().total() - end));
  }

  /** Rows per task, for rows of a number of bytes. */
  private static int grain(int rowBytes) {
    // A short row costs as much as one of 64 bytes: a cache miss.
    return Math.max(1, 4 * Slab.TASK / Math.max(rowBytes, 64));
  }

  private static int checked(KernelCall<?> call, int index, int count, int position) {
    if (index >= count) {
      throw new DeviceException(
          call.op().label()
              + ": input 1 holds index "
              + index
              + " at position "
              + position
              + ", expected less than "
              + count);
    }
    return index;
  }

  private void gatherRows(KernelCall<GatherRows> call) {
    Shape s = call.in(0).shape();
    int width = Math.toIntExact(s.size(1, s.rank()) * call.in(0).spec().dtype().bytes());
    gather(call, s.dim(0), width, 0);
  }

  private void batchGather(KernelCall<BatchGather> call) {
    Shape s = call.in(0).shape();
    int width = (s.rank() == 2 ? 1 : s.dim(2)) * call.in(0).spec().dtype().bytes();
    int perImage = s.dim(0) == 1 ? 0 : call.in(1).shape().dim(1);
    gather(call, s.dim(1), width, perImage);
  }

  /** Copies rows; with {@code perImage} > 0 each so many indices count from the next image. */
  private void gather(KernelCall<?> call, int rows, int width, int perImage) {
    ByteBuffer from = call.in(0).memory().host();
    ByteBuffer to = call.out(0).memory().host();
    IntBuffer index = call.in(1).ints();
    workers.ranges(
        Elementwise.size(call.in(1)),
        grain(width),
        (first, last) -> {
          for (int k = first; k < last; k++) {
            int row = checked(call, index.get(k), rows, k);
            if (row < 0) {
              Strip.zero(to, k * width, width);
            } else {
              int image = perImage == 0 ? 0 : k / perImage;
              Strip.copy(from, (image * rows + row) * width, to, k * width, width);
            }
          }
        });
  }

  /**
   * Sums in the order of the index, whatever the scheduling: each task owns some output rows and
   * walks through the lists of what goes there.
   */
  private void gatherRowsBackward(KernelCall<GatherRowsBackward> call) {
    Require.f32(call);
    int rows = call.op().rows();
    Shape s = call.in(0).shape();
    int width = Math.toIntExact(s.size(1, s.rank()));
    int[] index = new int[s.dim(0)];
    call.in(1).ints().get(0, index);
    int[] start = new int[rows + 1];
    for (int k = 0; k < index.length; k++) {
      if (checked(call, index[k], rows, k) >= 0) {
        start[index[k] + 1]++;
      }
    }
    for (int r = 0; r < rows; r++) {
      start[r + 1] += start[r];
    }
    int[] order = sorted(index, start);
    FloatBuffer dy = call.in(0).floats();
    FloatBuffer dx = call.out(0).floats();
    workers.ranges(
        rows,
        grain(4 * width),
        (first, last) -> {
          RowSum sum = new RowSum(dy, width);
          for (int r = first; r < last; r++) {
            sum.of(order, start[r], start[r + 1]);
            dx.put(r * width, sum.total);
          }
        });
  }

  /** Positions in the index by their value, a counting sort; {@code start[r]} is where r begins. */
  private static int[] sorted(int[] index, int[] start) {
    int[] order = new int[start[start.length - 1]];
    int[] next = start.clone();
    for (int k = 0; k < index.length; k++) {
      if (index[k] >= 0) {
        order[next[index[k]]++] = k;
      }
    }
    return order;
  }

  /** Adds rows of a buffer. */
  private static final class RowSum {
    private final FloatBuffer rows;
    private final float[] total;
    private final float[] row;

    RowSum(FloatBuffer rows, int width) {
      this.rows = rows;
      this.total = new float[width];
      this.row = new float[width];
    }

    void of(int[] order, int from, int to) {
      Arrays.fill(total, 0f);
      for (int k = from; k < to; k++) {
        rows.get(order[k] * row.length, row);
        for (int i = 0; i < total.length; i++) {
          total[i] += row[i];
        }
      }
    }
  }

  private void selectClass(KernelCall<SelectClass> call) {
    ByteBuffer x = call.in(0).memory().host();
    ByteBuffer y = call.out(0).memory().host();
    IntBuffer label = call.in(1).ints();
    Shape s = call.in(0).shape();
    int element = call.in(0).spec().dtype().bytes();
    int spots = s.dim(1);
    int all = s.dim(2) * element;
    int width = call.op().width() * element;
    workers.ranges(
        s.dim(0) * spots,
        grain(width),
        (first, last) -> {
          for (int i = first; i < last; i++) {
            int k = checked(call, label.get(i / spots), all / width, i / spots);
            if (k < 0) {
              Strip.zero(y, i * width, width);
            } else {
              Strip.copy(x, i * all + k * width, y, i * width, width);
            }
          }
        });
  }

  private void selectClassBackward(KernelCall<SelectClassBackward> call) {
    ByteBuffer dy = call.in(0).memory().host();
    ByteBuffer dx = call.out(0).memory().host();
    IntBuffer label = call.in(1).ints();
    Shape s = call.in(0).shape();
    int element = call.in(0).spec().dtype().bytes();
    int spots = s.dim(1);
    int all = call.op().columns() * element;
    int width = s.dim(2) * element;
    workers.ranges(
        s.dim(0) * spots,
        grain(all),
        (first, last) -> {
          for (int i = first; i < last; i++) {
            int k = checked(call, label.get(i / spots), all / width, i / spots);
            Strip.zero(dx, i * all, all);
            if (k >= 0) {
              Strip.copy(dy, i * width, dx, i * all + k * width, width);
            }
          }
        });
  }
}

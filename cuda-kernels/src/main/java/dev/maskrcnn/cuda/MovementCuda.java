package dev.maskrcnn.cuda;

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
import java.util.List;

/** Launches {@code movement.cu}: copies in the widest unit that divides all runs of bytes. */
final class MovementCuda {
  private static final int THREADS = 256;

  /** {@code SOURCES} of the file. */
  private static final int MOST_SOURCES = 8;

  private final CudaRuntime cuda;
  private final ByUnit concat;
  private final ByUnit slice;
  private final ByUnit sliceBackward;
  private final ByUnit gatherRows;
  private final ByUnit selectClass;
  private final ByUnit selectClassBackward;
  private final KernelFunction gatherOrder;
  private final TypedKernel gatherSum;

  private MovementCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.concat = ByUnit.of(cuda, "concat");
    this.slice = ByUnit.of(cuda, "slice");
    this.sliceBackward = ByUnit.of(cuda, "slice_backward");
    this.gatherRows = ByUnit.of(cuda, "gather_rows");
    this.selectClass = ByUnit.of(cuda, "select_class");
    this.selectClassBackward = ByUnit.of(cuda, "select_class_backward");
    this.gatherOrder = cuda.function("gather_rows_order");
    this.gatherSum = TypedKernel.of(cuda, "gather_rows_sum");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    MovementCuda movement = new MovementCuda(cuda);
    table.put(Concat.class, movement::concat);
    table.put(Slice.class, movement::slice);
    table.put(SliceBackward.class, movement::sliceBackward);
    table.put(GatherRows.class, movement::gatherRows);
    table.put(GatherRowsBackward.class, movement::gatherRowsBackward);
    table.put(BatchGather.class, movement::batchGather);
    table.put(SelectClass.class, movement::selectClass);
    table.put(SelectClassBackward.class, movement::selectClassBackward);
  }

  /** One kernel for units of 1, 2, 4 and 16 bytes. */
  record ByUnit(
      KernelFunction one, KernelFunction two, KernelFunction four, KernelFunction sixteen) {
    static ByUnit of(CudaRuntime cuda, String name) {
      return new ByUnit(
          cuda.function(name + "_b1"),
          cuda.function(name + "_b2"),
          cuda.function(name + "_b4"),
          cuda.function(name + "_b16"));
    }

    KernelFunction of(int unit) {
      return switch (unit) {
        case 16 -> sixteen;
        case 4 -> four;
        case 2 -> two;
        default -> one;
      };
    }
  }

  /** The widest unit that divides all of these numbers of bytes, joined by {@code |}. */
  static int unit(long bytes) {
    long power = Long.lowestOneBit(bytes | 16);
    return power == 8 ? 4 : (int) power;
  }

  /** Bytes of the axes behind {@code axis}. */
  private static long inner(DenseArray t, int axis) {
    return t.shape().size(axis + 1, t.shape().rank()) * t.spec().dtype().bytes();
  }

  private void concat(KernelCall<Concat> call) {
    int axis = call.op().axis();
    DenseArray out = call.out(0);
    long inner = inner(out, axis);
    long divisors = out.shape().dim(axis) * inner;
    for (DenseArray t : call.inputs()) {
      divisors |= t.shape().dim(axis) * inner;
    }
    int unit = unit(divisors);
    long offset = 0;
    for (int i = 0; i < call.inputs().size(); i += MOST_SOURCES) {
      int end = Math.min(i + MOST_SOURCES, call.inputs().size());
      offset += concat(call, call.inputs().subList(i, end), new Place(axis, unit, offset));
    }
  }

  /** Where a group of inputs begins in a run of the output, in units. */
  private record Place(int axis, int unit, long offset) {}

  /** Returns the units that the inputs fill of a run. */
  private long concat(KernelCall<Concat> call, List<DenseArray> inputs, Place place) {
    DenseArray out = call.out(0);
    long inner = inner(out, place.axis);
    long outer = out.shape().size(0, place.axis);
    Arguments arguments = cuda.arguments();
    long run = 0;
    for (int s = 0; s < MOST_SOURCES; s++) {
      if (s < inputs.size()) {
        run += inputs.get(s).shape().dim(place.axis) * inner / place.unit;
        arguments.pointer(inputs.get(s));
      } else {
        arguments.pointer(0);
      }
      arguments.longInteger(run);
    }
    concat
        .of(place.unit)
        .launch(
            Launch.of(outer * run, THREADS),
            arguments
                .longInteger(outer)
                .longInteger(run)
                .longInteger(out.shape().dim(place.axis) * inner / place.unit)
                .longInteger(place.offset)
                .pointer(out));
    return run;
  }

  private void slice(KernelCall<Slice> call) {
    Slice op = call.op();
    Strips strips = Strips.of(call.in(0), op.axis(), op.start(), op.length());
    strips(slice, call, strips, strips.outer * strips.run);
  }

  private void sliceBackward(KernelCall<SliceBackward> call) {
    SliceBackward op = call.op();
    int length = call.in(0).shape().dim(op.axis());
    Strips strips = Strips.of(call.out(0), op.axis(), op.start(), length);
    strips(sliceBackward, call, strips, strips.outer * strips.pitch);
  }

  /** Equal runs at equal distances in the larger tensor of a slice, in units. */
  private record Strips(int unit, long outer, long run, long pitch, long offset) {
    static Strips of(DenseArray whole, int axis, int start, int length) {
      long inner = inner(whole, axis);
      long run = length * inner;
      long pitch = whole.shape().dim(axis) * inner;
      int unit = MovementCuda.unit(run | pitch | start * inner);
      return new Strips(
          unit, whole.shape().size(0, axis), run / unit, pitch / unit, start * inner / unit);
    }
  }

  private void strips(ByUnit kernel, KernelCall<?> call, Strips strips, long threads) {
    kernel
        .of(strips.unit)
        .launch(
            Launch.of(threads, THREADS),
            cuda.arguments()
                .pointer(call.in(0))
                .longInteger(strips.outer)
                .longInteger(strips.run)
                .longInteger(strips.pitch)
                .longInteger(strips.offset)
                .pointer(call.out(0)));
  }

  private void gatherRows(KernelCall<GatherRows> call) {
    gather(call, call.in(0).shape().dim(0), inner(call.in(0), 0), 0);
  }

  private void batchGather(KernelCall<BatchGather> call) {
    Shape x = call.in(0).shape();
    int perImage = x.dim(0) == 1 ? 0 : call.in(1).shape().dim(1);
    gather(call, x.dim(1), inner(call.in(0), 1), perImage);
  }

  /** Rows of {@code bytes}; with {@code perImage} each so many indices count in the next rows. */
  private void gather(KernelCall<?> call, int rows, long bytes, int perImage) {
    int unit = unit(bytes);
    long count = call.in(1).shape().size();
    gatherRows
        .of(unit)
        .launch(
            Launch.of(count * (bytes / unit), THREADS),
            cuda.arguments()
                .pointer(call.in(0))
                .pointer(call.in(1))
                .longInteger(count)
                .longInteger(bytes / unit)
                .integer(rows)
                .integer(perImage)
                .pointer(call.out(0)));
  }

  private void gatherRowsBackward(KernelCall<GatherRowsBackward> call) {
    DenseArray dy = call.in(0);
    DenseArray dx = call.out(0);
    KernelFunction sum = gatherSum.of(call.op(), dy);
    int count = dy.shape().dim(0);
    long width = dy.shape().size(1, dy.shape().rank());
    cuda.fill(dx.memory().address(), (byte) 0, dx.spec().bytes());
    long order = cuda.scratch((long) count * Integer.BYTES);
    gatherOrder.launch(
        Launch.blocks(Launch.ceilDiv(count, THREADS), THREADS),
        cuda.arguments()
            .pointer(call.in(1))
            .integer(count)
            .integer(call.op().rows())
            .pointer(order));
    int wide = TypedKernel.perAccess(dy);
    sum.launch(
        Launch.of(count * (width % wide == 0 ? width / wide : width), THREADS),
        cuda.arguments()
            .pointer(dy)
            .pointer(call.in(1))
            .pointer(order)
            .integer(count)
            .longInteger(width)
            .pointer(dx));
  }

  private void selectClass(KernelCall<SelectClass> call) {
    Shape x = call.in(0).shape();
    classes(selectClass, call, x, call.op().width());
  }

  private void selectClassBackward(KernelCall<SelectClassBackward> call) {
    Shape x = call.out(0).shape();
    classes(selectClassBackward, call, x, call.in(0).shape().dim(2));
  }

  /** {@code x} is the shape with all classes. */
  private void classes(ByUnit kernel, KernelCall<?> call, Shape x, int width) {
    int element = call.in(0).spec().dtype().bytes();
    int unit = unit((long) width * element | (long) x.dim(2) * element);
    long lines = (long) x.dim(0) * x.dim(1);
    kernel
        .of(unit)
        .launch(
            Launch.of(call.out(0).spec().bytes() / unit, THREADS),
            cuda.arguments()
                .pointer(call.in(0))
                .pointer(call.in(1))
                .longInteger(lines)
                .integer(x.dim(1))
                .longInteger((long) x.dim(2) * element / unit)
                .longInteger((long) width * element / unit)
                .pointer(call.out(0)));
  }
}

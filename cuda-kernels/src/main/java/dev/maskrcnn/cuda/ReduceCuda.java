package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.LinearAlgebra.RowDots;
import dev.maskrcnn.tensor.op.LinearAlgebra.Sum;
import dev.maskrcnn.tensor.op.LinearAlgebra.SumRows;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/**
 * Launches {@code reduce.cu}. Grids follow from the sizes alone, so that sums are the same on every
 * device.
 */
final class ReduceCuda {
  private static final int THREADS = 256;
  private static final int ROW_THREADS = 128;

  /** Blocks of a first stage: enough to fill a large device. */
  private static final int MOST_BLOCKS = 1024;

  private static final int WARP = 32;

  private final CudaRuntime cuda;
  private final TypedKernel sumRowsPartial;
  private final TypedKernel sumRowsFinish;
  private final TypedKernel rowDots;
  private final TypedKernel sumPartial;
  private final TypedKernel sumFinish;

  ReduceCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.sumRowsPartial = TypedKernel.of(cuda, "sum_rows_partial");
    this.sumRowsFinish = TypedKernel.of(cuda, "sum_rows_finish");
    this.rowDots = TypedKernel.of(cuda, "row_dots");
    this.sumPartial = TypedKernel.of(cuda, "sum_partial");
    this.sumFinish = TypedKernel.of(cuda, "sum_finish");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    ReduceCuda reduce = new ReduceCuda(cuda);
    table.put(SumRows.class, reduce::sumRows);
    table.put(RowDots.class, reduce::rowDots);
    table.put(Sum.class, reduce::sum);
  }

  /**
   * How the columns of a sum over rows are spread over a block: {@code lanes} beside each other.
   */
  private record Columns(int columns, int lanes, int tiles) {
    static Columns of(int columns, int mostLanes) {
      int groups = columns % 4 == 0 ? columns / 4 : columns;
      int lanes = 1;
      while (lanes < groups && lanes < mostLanes) {
        lanes *= 2;
      }
      return new Columns(columns, lanes, (int) Launch.ceilDiv(groups, lanes));
    }

    /** Rows that a block adds at the same time. */
    int lines() {
      return THREADS / lanes;
    }
  }

  private void sumRows(KernelCall<SumRows> call) {
    sumRows(call.op(), call.in(0), call.out(0));
  }

  /** The sums over all axes of x but the last. */
  void sumRows(Op op, DenseArray x, DenseArray y) {
    int columns = x.shape().dim(-1);
    if (columns == 0) {
      return;
    }
    long rows = x.shape().size() / columns;
    Columns first = Columns.of(columns, WARP);
    // A chunk is worth a block when each thread has some 16 rows to add.
    long most = Math.max(1, MOST_BLOCKS / first.tiles());
    long chunks = Math.max(1, Math.min(most, Launch.ceilDiv(rows, first.lines() * 16L)));
    long partial = cuda.scratch(chunks * columns * Float.BYTES);
    sumRowsPartial
        .of(op, x)
        .launch(
            new Launch(first.tiles(), (int) chunks, 1, THREADS, 0),
            cuda.arguments()
                .pointer(x)
                .longInteger(rows)
                .integer(columns)
                .integer(first.lanes())
                .longInteger(Launch.ceilDiv(rows, chunks))
                .pointer(partial));
    // Few lanes: the columns spread over many blocks and each thread has few chunks to add.
    Columns second = Columns.of(columns, 4);
    sumRowsFinish
        .of(op, x)
        .launch(
            new Launch(second.tiles(), 1, 1, THREADS, 0),
            cuda.arguments()
                .pointer(partial)
                .longInteger(chunks)
                .integer(columns)
                .integer(second.lanes())
                .longInteger(chunks)
                .pointer(y));
  }

  private void rowDots(KernelCall<RowDots> call) {
    DenseArray a = call.in(0);
    int rows = a.shape().dim(0);
    rowDots
        .of(call.op(), a)
        .launch(
            Launch.of(rows * (long) ROW_THREADS, ROW_THREADS),
            cuda.arguments()
                .pointer(a)
                .pointer(call.in(1))
                .integer(rows)
                .longInteger(a.shape().size() / Math.max(1, rows))
                .pointer(call.out(0)));
  }

  private void sum(KernelCall<Sum> call) {
    DenseArray x = call.in(0);
    long n = x.shape().size();
    long blocks = blocks(n, THREADS * 4L * TypedKernel.perAccess(x));
    long partial = cuda.scratch(blocks * Float.BYTES);
    sumPartial
        .of(call.op(), x)
        .launch(
            Launch.blocks(blocks, THREADS),
            cuda.arguments().pointer(x).longInteger(n).pointer(partial));
    sumFinish
        .of(call.op(), x)
        .launch(
            Launch.blocks(1, THREADS),
            cuda.arguments().pointer(partial).longInteger(blocks).pointer(call.out(0)));
  }

  /** Blocks of a first stage that gives each at least {@code grain} of {@code n} elements. */
  static long blocks(long n, long grain) {
    return Math.max(1, Math.min(MOST_BLOCKS, Launch.ceilDiv(n, grain)));
  }
}

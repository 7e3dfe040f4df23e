package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * Launches {@code roi_align_backward.cu}. With {@code -Dcuda.deterministic=false} it adds by
 * atomics and the last bits of a gradient differ from run to run; else (the default) they do not.
 */
final class RoiAlignBackwardCuda {

  private static final int THREADS = 256;

  /** Side of the square of pixels that a block owns. */
  private static final int TILE = 8;

  /** Threads side by side on the channels of a pixel. */
  private static final int CHANNEL_LANES = 16;

  /** RoIs whose weights are in shared memory at once, if they fit into so many bytes. */
  private static final int BATCH = 8;

  private static final int BATCH_BYTES = 24 << 10;

  private final CudaRuntime cuda;
  private final boolean deterministic;
  private final KernelFunction order;
  private final TypedKernel gather;
  private final TypedKernel scatter;
  private final KernelFunction narrowHalf;
  private final KernelFunction narrowBrain;

  RoiAlignBackwardCuda(CudaRuntime cuda, boolean deterministic) {
    this.cuda = cuda;
    this.deterministic = deterministic;
    this.order = cuda.function("roi_align_order");
    this.gather = TypedKernel.of(cuda, "roi_align_gather");
    this.scatter = TypedKernel.of(cuda, "roi_align_scatter");
    this.narrowHalf = cuda.function("roi_align_narrow_f16");
    this.narrowBrain = cuda.function("roi_align_narrow_bf16");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    boolean deterministic = cuda.options().flag(DeviceSetting.CUDA_ROI_DETERMINISTIC, true);
    table.put(RoiAlignBackward.class, new RoiAlignBackwardCuda(cuda, deterministic)::run);
  }

  void run(KernelCall<RoiAlignBackward> call) {
    RoiAlignBackward op = call.op();
    RoiPyramid pyramid = RoiPyramid.of(op, op.scales(), op.features(), call.in(1));
    if (pyramid.elements() == 0) {
      return;
    }
    if (deterministic) {
      gather(call, pyramid);
    } else {
      scatter(call, pyramid);
    }
  }

  private void gather(KernelCall<RoiAlignBackward> call, RoiPyramid pyramid) {
    Grid grid = call.op().grid();
    KernelFunction kernel = gather.of(call.op(), call.in(0));
    int count = call.in(1).shape().dim(0);
    int segments = pyramid.shapes().size() * pyramid.images();
    int matrices = (grid.height() + grid.width()) * TILE * Float.BYTES;
    int batch = Math.max(1, Math.min(BATCH, BATCH_BYTES / Math.max(matrices, 1)));
    long sorted = cuda.scratch((count + segments + 1L) * Integer.BYTES);
    long starts = sorted + (long) count * Integer.BYTES;
    order.launch(
        Launch.blocks(Launch.ceilDiv(count + segments + 1L, THREADS), THREADS),
        cuda.arguments()
            .pointer(call.in(1))
            .pointer(call.in(2))
            .integer(count)
            .integer(pyramid.shapes().size())
            .integer(pyramid.images())
            .pointer(sorted)
            .pointer(starts));
    Arguments arguments =
        cuda.arguments().pointer(call.in(0)).pointer(call.in(1)).pointer(sorted).pointer(starts);
    pyramid.sampling(arguments, grid);
    arguments.integer(pyramid.channels()).integer(pyramid.images()).integer(batch);
    pyramid.maps(arguments, level -> call.out(level).memory().address());
    kernel.launch(
        Launch.blocks(tiles(pyramid), THREADS)
            .grid(slices(call.in(0)), 1)
            .shared(Math.multiplyExact(batch, matrices)),
        arguments);
  }

  private static long tiles(RoiPyramid pyramid) {
    long tiles = 0;
    for (Shape s : pyramid.shapes()) {
      tiles += s.dim(0) * Launch.ceilDiv(s.dim(1), TILE) * Launch.ceilDiv(s.dim(2), TILE);
    }
    return tiles;
  }

  /** Blocks that share the channels of a tile. */
  private static int slices(DenseArray dy) {
    int channels = dy.shape().dim(3);
    int wide = TypedKernel.perAccess(dy);
    int packs = channels % wide == 0 ? channels / wide : channels;
    return (int) Launch.ceilDiv(packs, CHANNEL_LANES);
  }

  private void scatter(KernelCall<RoiAlignBackward> call, RoiPyramid pyramid) {
    DenseArray dy = call.in(0);
    if (dy.spec().dtype() == DType.F32) {
      for (DenseArray dx : call.outputs()) {
        cuda.fill(dx.memory().address(), (byte) 0, dx.spec().bytes());
      }
      add(call, pyramid, level -> call.out(level).memory().address());
      return;
    }
    long bytes = pyramid.elements() * Float.BYTES;
    long sums = cuda.scratch(bytes);
    cuda.fill(sums, (byte) 0, bytes);
    long[] first = new long[pyramid.shapes().size() + 1];
    first[0] = sums;
    for (int l = 0; l < pyramid.shapes().size(); l++) {
      first[l + 1] = first[l] + pyramid.shapes().get(l).size() * Float.BYTES;
    }
    add(call, pyramid, level -> first[level]);
    KernelFunction narrow = dy.spec().dtype() == DType.F16 ? narrowHalf : narrowBrain;
    List<DenseArray> outputs = call.outputs();
    for (int l = 0; l < outputs.size(); l++) {
      long count = outputs.get(l).shape().size();
      narrow.launch(
          Launch.of(count, THREADS),
          cuda.arguments().pointer(first[l]).longInteger(count).pointer(outputs.get(l)));
    }
  }

  private void add(
      KernelCall<RoiAlignBackward> call, RoiPyramid pyramid, IntToLongFunction address) {
    Grid grid = call.op().grid();
    int count = call.in(1).shape().dim(0);
    Arguments arguments =
        cuda.arguments().pointer(call.in(0)).pointer(call.in(1)).pointer(call.in(2)).integer(count);
    pyramid.sampling(arguments, grid);
    arguments
        .integer(pyramid.channels())
        .integer(pyramid.shapes().size())
        .integer(pyramid.images());
    pyramid.maps(arguments, address);
    scatter.of(call.op(), call.in(0)).launch(RoiPyramid.launch(grid, count), arguments);
  }
}

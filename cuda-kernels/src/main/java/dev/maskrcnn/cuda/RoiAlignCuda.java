package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.util.List;

/** Launches {@code roi_align.cu}. */
final class RoiAlignCuda {
  private static final int THREADS = 256;

  private final CudaRuntime cuda;
  private final KernelFunction levels;
  private final TypedKernel align;

  private RoiAlignCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.levels = cuda.function("roi_levels");
    this.align = TypedKernel.of(cuda, "roi_align");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    RoiAlignCuda roi = new RoiAlignCuda(cuda);
    table.put(RoiLevels.class, roi::levels);
    table.put(RoiAlign.class, roi::align);
  }

  private void levels(KernelCall<RoiLevels> call) {
    Float32.require(call);
    RoiLevels op = call.op();
    int count = call.in(0).shape().dim(0);
    levels.launch(
        Launch.of(count, THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .integer(count)
            .integer(op.lowest())
            .integer(op.highest())
            .number(op.canonicalLevel())
            .number((float) op.canonicalSize())
            .number((float) op.offset())
            .pointer(call.out(0)));
  }

  private void align(KernelCall<RoiAlign> call) {
    RoiAlign op = call.op();
    List<DenseArray> maps = call.inputs().subList(2, call.inputs().size());
    List<Shape> shapes = maps.stream().map(DenseArray::shape).toList();
    RoiPyramid pyramid = RoiPyramid.of(op, op.scales(), shapes, call.in(0));
    KernelFunction kernel = align.of(op, maps.get(0));
    int count = call.in(0).shape().dim(0);
    if (pyramid.channels() == 0) {
      return;
    }
    Arguments arguments = cuda.arguments().pointer(call.in(0)).pointer(call.in(1)).integer(count);
    pyramid.sampling(arguments, op.grid());
    arguments.integer(pyramid.channels()).integer(maps.size()).integer(pyramid.images());
    pyramid.maps(arguments, level -> maps.get(level).memory().address());
    kernel.launch(RoiPyramid.launch(op.grid(), count), arguments.pointer(call.out(0)));
  }
}

package dev.maskrcnn.cuda;

import dev.maskrcnn.cuda.ConvolutionProblem.Extents;
import dev.maskrcnn.tensor.shape.DType;

/**
 * Channels brought to multiples of 16 bytes, with zeros. Tensor cores take their operands in pieces
 * of that size: other channel counts (3 of an image, 81 of classes) run on much slower kernels.
 */
final class ChannelPadding {
  private static final int WIDE = 16;
  private static final int THREADS = 256;

  private final CudaRuntime cuda;
  private final MovementCuda.ByUnit widen;
  private final MovementCuda.ByUnit narrow;

  ChannelPadding(CudaRuntime cuda) {
    this.cuda = cuda;
    this.widen = MovementCuda.ByUnit.of(cuda, "slice_backward");
    this.narrow = MovementCuda.ByUnit.of(cuda, "slice");
  }

  /** The convolution with padded channels; the same one where padding gains or means nothing. */
  static ConvolutionProblem padded(ConvolutionProblem p, boolean tensorCores) {
    if (!tensorCores || p.window().groups() > 1) {
      return p;
    }
    int unit = WIDE / p.type().bytes();
    int in = up(p.x().d(), unit);
    int out = up(p.w().a(), unit);
    return new ConvolutionProblem(
        p.pass(),
        p.type(),
        p.x().with(p.x().a(), in),
        p.w().with(out, in),
        p.window(),
        p.epilogue());
  }

  private static int up(int channels, int unit) {
    return (channels + unit - 1) / unit * unit;
  }

  /** Copies rows of channels into wider ones and fills up with zeros, also rows that are new. */
  void widen(Extents from, long source, Extents to, Target target) {
    long rows = from.size() / from.d();
    move(widen, rows, source, new Widths(from.d(), to.d(), target.type()), target.address());
    long done = rows * to.d() * target.type().bytes();
    cuda.fill(target.address() + done, (byte) 0, to.size() * target.type().bytes() - done);
  }

  /** Copies the first channels, and the first rows, out of wider rows. */
  void narrow(Extents from, long source, Extents to, Target target) {
    long rows = to.size() / to.d();
    move(narrow, rows, source, new Widths(to.d(), from.d(), target.type()), target.address());
  }

  /** Where to, and of which elements. */
  record Target(long address, DType type) {}

  private record Widths(int run, int pitch, DType type) {}

  private void move(
      MovementCuda.ByUnit kernel, long rows, long source, Widths widths, long target) {
    long run = (long) widths.run * widths.type.bytes();
    long pitch = (long) widths.pitch * widths.type.bytes();
    int unit = MovementCuda.unit(run | pitch);
    long threads = rows * (kernel == widen ? pitch : run) / unit;
    kernel
        .of(unit)
        .launch(
            Launch.of(threads, THREADS),
            cuda.arguments()
                .pointer(source)
                .longInteger(rows)
                .longInteger(run / unit)
                .longInteger(pitch / unit)
                .longInteger(0)
                .pointer(target));
  }
}

package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.GroupNormBackward;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/**
 * Launches {@code group_norm.cu}. Grids follow from the shapes alone, so that sums are the same on
 * every device.
 */
final class GroupNormCuda {
  private static final int THREADS = 256;
  private static final int WARP = 32;

  /** Channels of a block that folds. */
  private static final int FOLD_LANES = 32;

  private final CudaRuntime cuda;
  private final TypedKernel moments;
  private final TypedKernel merge;
  private final TypedKernel apply;
  private final TypedKernel sums;
  private final TypedKernel fold;
  private final TypedKernel groups;
  private final TypedKernel gradient;

  private GroupNormCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.moments = TypedKernel.of(cuda, "group_norm_moments");
    this.merge = TypedKernel.of(cuda, "group_norm_merge");
    this.apply = TypedKernel.of(cuda, "group_norm_apply");
    this.sums = TypedKernel.of(cuda, "group_norm_sums");
    this.fold = TypedKernel.of(cuda, "group_norm_fold");
    this.groups = TypedKernel.of(cuda, "group_norm_groups");
    this.gradient = TypedKernel.of(cuda, "group_norm_gradient");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    GroupNormCuda norm = new GroupNormCuda(cuda);
    table.put(GroupNorm.class, norm::forward);
    table.put(GroupNormBackward.class, norm::backward);
  }

  /** How images are cut: each into chunks of {@code chunkRows} rows, the last one shorter. */
  private record Geometry(int images, int rows, int channels, int groups, int chunkRows) {
    /** Blocks of a launch over chunks: several for each multiprocessor of a large device. */
    private static final int BLOCKS = 1056;

    /** Fewer rows are not worth a block. */
    private static final int FEWEST_ROWS = 32;

    static Geometry of(Shape x, int groups) {
      int images = x.dim(0);
      int rows = Math.toIntExact(x.size(1, x.rank() - 1));
      long most = Math.max(1, Launch.ceilDiv(BLOCKS, Math.max(images, 1)));
      long chunks = Math.max(1, Math.min(most, rows / FEWEST_ROWS));
      return new Geometry(
          images, rows, x.dim(-1), groups, (int) Math.max(1, Launch.ceilDiv(rows, chunks)));
    }

    int chunks() {
      return (int) Launch.ceilDiv(rows, chunkRows);
    }

    Launch overChunks() {
      return Launch.blocks(channels == 0 ? 0 : (long) images * chunks(), THREADS);
    }

    /** Float32 numbers, one per chunk and channel. */
    long parts() {
      return (long) images * chunks() * channels;
    }

    /** A block per group; a warp is enough for few parts. */
    Launch overGroups() {
      long parts = (long) chunks() * (channels / groups);
      return Launch.blocks((long) images * groups, parts < 8 * WARP ? WARP : THREADS);
    }
  }

  private void forward(KernelCall<GroupNorm> call) {
    GroupNorm op = call.op();
    DenseArray x = call.in(0);
    Geometry g = Geometry.of(x.shape(), op.groups());
    long statistics = (long) g.images * g.groups;
    long means = cuda.scratch(2 * (g.parts() + statistics) * Float.BYTES);
    long squares = means + g.parts() * Float.BYTES;
    long mean = squares + g.parts() * Float.BYTES;
    long scale = mean + statistics * Float.BYTES;
    moments
        .of(op, x)
        .launch(
            g.overChunks(),
            cuda.arguments()
                .pointer(x)
                .integer(g.rows)
                .integer(g.channels)
                .integer(g.chunkRows)
                .pointer(means)
                .pointer(squares));
    merge
        .of(op, x)
        .launch(
            g.overGroups(),
            cuda.arguments()
                .pointer(means)
                .pointer(squares)
                .integer(g.groups)
                .integer(g.rows)
                .integer(g.channels)
                .integer(g.chunkRows)
                .number((float) op.epsilon())
                .pointer(mean)
                .pointer(scale)
                .pointer(call.out(1))
                .pointer(call.out(2)));
    apply
        .of(op, x)
        .launch(
            g.overChunks(),
            cuda.arguments()
                .pointer(x)
                .pointer(call.in(1))
                .pointer(call.in(2))
                .pointer(mean)
                .pointer(scale)
                .integer(g.groups)
                .integer(g.rows)
                .integer(g.channels)
                .integer(g.chunkRows)
                .flag(op.relu())
                .pointer(call.out(0)));
  }

  private void backward(KernelCall<GroupNormBackward> call) {
    DenseArray x = call.in(1);
    Geometry g = Geometry.of(x.shape(), call.op().groups());
    long perChannel = (long) g.images * g.channels * Float.BYTES;
    long parts = cuda.scratch(2 * g.parts() * Float.BYTES + 4 * perChannel);
    long sum = parts + 2 * g.parts() * Float.BYTES;
    long groupMeans = sum + 2 * perChannel;
    sums(call, g, parts);
    fold(fold.f32(), new Parts(parts, 2 * g.images, g.chunks(), g.channels), sum);
    groups
        .of(call.op(), x)
        .launch(
            Launch.of(2L * g.images * g.groups, THREADS),
            cuda.arguments()
                .pointer(sum)
                .pointer(call.in(2))
                .integer(g.images)
                .integer(g.groups)
                .integer(g.rows)
                .integer(g.channels)
                .pointer(groupMeans));
    gradient(call, g, groupMeans);
    KernelFunction typed = fold.of(call.op(), x);
    Parts plain = new Parts(sum, 1, g.images, g.channels);
    Parts deviating = new Parts(sum + perChannel, 1, g.images, g.channels);
    fold(typed, deviating, call.out(1).memory().address());
    fold(typed, plain, call.out(2).memory().address());
  }

  private void sums(KernelCall<GroupNormBackward> call, Geometry g, long parts) {
    sums.of(call.op(), call.in(1))
        .launch(
            g.overChunks(),
            cuda.arguments()
                .pointer(call.in(0))
                .pointer(call.in(1))
                .pointer(call.in(3))
                .pointer(call.in(4))
                .integer(g.groups)
                .integer(g.rows)
                .integer(g.channels)
                .integer(g.chunkRows)
                .pointer(parts));
  }

  private void gradient(KernelCall<GroupNormBackward> call, Geometry g, long groupMeans) {
    gradient
        .of(call.op(), call.in(1))
        .launch(
            g.overChunks(),
            cuda.arguments()
                .pointer(call.in(0))
                .pointer(call.in(1))
                .pointer(call.in(2))
                .pointer(call.in(3))
                .pointer(call.in(4))
                .pointer(groupMeans)
                .integer(g.images)
                .integer(g.groups)
                .integer(g.rows)
                .integer(g.channels)
                .integer(g.chunkRows)
                .pointer(call.out(0)));
  }

  /** Float32 {@code [outer,depth,channels]} at an address. */
  private record Parts(long address, int outer, int depth, int channels) {}

  private void fold(KernelFunction kernel, Parts parts, long to) {
    kernel.launch(
        Launch.blocks(parts.outer * Launch.ceilDiv(parts.channels, FOLD_LANES), THREADS),
        cuda.arguments()
            .pointer(parts.address)
            .integer(parts.depth)
            .integer(parts.channels)
            .pointer(to));
  }
}

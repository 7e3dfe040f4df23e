package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/**
 * Launches {@code nms.cu}: ranks, then masks and greedy pass, in one strip of chunks where the
 * masks fit into {@link #MASK_BYTES}, else in several. Scratch: the ranked boxes, the masks of a
 * strip, and two bitmaps per segment.
 */
final class NmsCuda {
  private static final int RANK_THREADS = 1_024;
  private static final int MASK_THREADS = 128;
  private static final int MOST_GREEDY_THREADS = 1_024;
  private static final int WARP = 32;
  private static final int CHUNK = 64;

  /** Masks that are kept at once; five levels of 2,000 boxes of eight images take 20 MiB. */
  private static final long MASK_BYTES = 64L << 20;

  private final CudaRuntime cuda;
  private final long maskBytes;
  private final RadixSelect selection;
  private final KernelFunction rank;
  private final KernelFunction mask;
  private final KernelFunction greedy;

  /** With room for so many bytes of masks, but at least for one chunk. */
  NmsCuda(CudaRuntime cuda, long maskBytes) {
    this.cuda = cuda;
    this.maskBytes = maskBytes;
    this.selection = new RadixSelect(cuda);
    this.rank = cuda.function("nms_rank_f32");
    this.mask = cuda.function("nms_mask_f32");
    this.greedy = cuda.function("nms_greedy");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    table.put(Nms.class, new NmsCuda(cuda, MASK_BYTES)::run);
  }

  void run(KernelCall<Nms> call) {
    Float32.require(call);
    int segments = call.in(1).shape().dim(0);
    int rows = call.in(1).shape().dim(1);
    if (segments == 0 || rows == 0) {
      cuda.fillWords(call.out(1).memory().address(), 0, segments);
      return;
    }
    Plan plan = Plan.of(segments, rows, maskBytes);
    long lists = (plan.rankTiles() == 1 ? 1 : 2) * plan.listBytes();
    long listed = cuda.scratch(lists + plan.maskBytes() + plan.stateBytes());
    long masks = listed + lists;
    long state = masks + plan.maskBytes();
    long ranked = rank(call, plan, listed);
    for (int first = 0; first < plan.chunks(); first += plan.strip()) {
      int chunks = Math.min(plan.strip(), plan.chunks() - first);
      mask(call, plan, ranked, first, chunks, masks);
      greedy.launch(
          Launch.blocks(segments, plan.greedyThreads()).shared(2 * plan.words() * Integer.BYTES),
          cuda.arguments()
              .pointer(ranked)
              .pointer(masks)
              .integer(rows)
              .integer(first)
              .integer(chunks)
              .integer(call.out(0).shape().dim(1))
              .pointer(state)
              .pointer(call.out(0))
              .pointer(call.out(1)));
    }
  }

  /** Ranks the boxes of each segment; returns where. */
  private long rank(KernelCall<Nms> call, Plan plan, long list) {
    rank.launch(
        Launch.blocks((long) plan.segments() * plan.rankTiles(), RANK_THREADS),
        cuda.arguments()
            .pointer(call.in(1))
            .pointer(call.in(2))
            .integer(plan.rows())
            .integer(plan.rankTiles())
            .pointer(list));
    if (plan.rankTiles() == 1) {
      return list;
    }
    long sorted = list + plan.listBytes();
    selection.merge(list, plan.segments(), plan.rows(), sorted);
    return sorted;
  }

  private void mask(
      KernelCall<Nms> call, Plan plan, long ranked, int first, int chunks, long masks) {
    int tiles = (int) Launch.ceilDiv(plan.rows(), MASK_THREADS);
    mask.launch(
        Launch.blocks((long) plan.segments() * chunks * tiles, MASK_THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(ranked)
            .integer(plan.rows())
            .number((float) call.op().threshold())
            .number((float) call.op().offset())
            .integer(first)
            .integer(chunks)
            .integer(tiles)
            .pointer(masks));
  }

  /** Sizes of a call; {@code strip} is how many chunks of 64 ranks have their masks at once. */
  private record Plan(int segments, int rows, int chunks, int strip) {
    static Plan of(int segments, int rows, long maskBytes) {
      int chunks = (int) Launch.ceilDiv(rows, CHUNK);
      long perChunk = (long) segments * rows * Long.BYTES;
      int strip = (int) Math.max(1, Math.min(chunks, maskBytes / perChunk));
      return new Plan(segments, rows, chunks, strip);
    }

    int rankTiles() {
      return (int) Launch.ceilDiv(rows, RadixSelect.TILE);
    }

    long listBytes() {
      return (long) segments * rows * RadixSelect.ENTRY_BYTES;
    }

    long maskBytes() {
      return (long) segments * strip * rows * Long.BYTES;
    }

    int words() {
      return (int) Launch.ceilDiv(rows, WARP);
    }

    long stateBytes() {
      return 2L * segments * words() * Integer.BYTES;
    }

    int greedyThreads() {
      return Math.min(words() * WARP, MOST_GREEDY_THREADS);
    }
  }
}

package dev.maskrcnn.cuda;

import dev.maskrcnn.cuda.RadixSelect.Rows;
import dev.maskrcnn.tensor.op.Boxes.DetectionRule;
import dev.maskrcnn.tensor.op.Boxes.SelectDetections;
import dev.maskrcnn.tensor.op.Boxes.SelectProposals;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/**
 * Launches {@code proposals.cu}. Scratch: for proposals a selection (see {@link RadixSelect}), for
 * detections three lists of as many entries as there are probabilities, and the best of each image.
 */
final class ProposalsCuda {
  private static final int PLACE_THREADS = 256;
  private static final int ORDERED_THREADS = 1_024;
  private static final int CLASS_THREADS = 256;
  private static final int LIMIT_THREADS = 1_024;

  /** Candidates of a class that are sorted without a spare list. */
  private static final int CLASS_TILE = 2 * CLASS_THREADS;

  private static final int WARP = 32;
  private static final int COUNT_ALIGNMENT = 256;

  private final CudaRuntime cuda;
  private final RadixSelect selection;
  private final KernelFunction ordered;
  private final KernelFunction ranked;
  private final KernelFunction suppress;
  private final KernelFunction limit;

  private ProposalsCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.selection = new RadixSelect(cuda);
    this.ordered = cuda.function("proposals_ordered_f32");
    this.ranked = cuda.function("proposals_ranked_f32");
    this.suppress = cuda.function("detections_suppress_f32");
    this.limit = cuda.function("detections_limit_f32");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    ProposalsCuda proposals = new ProposalsCuda(cuda);
    table.put(SelectProposals.class, proposals::proposals);
    table.put(SelectDetections.class, proposals::detections);
  }

  private void proposals(KernelCall<SelectProposals> call) {
    Float32.require(call);
    int images = call.in(1).shape().dim(0);
    if (images == 0 || call.out(1).shape().dim(1) == 0) {
      cuda.fillWords(call.out(2).memory().address(), 0, images);
    } else if (call.op().acrossBatch()) {
      ofBatch(call);
    } else {
      ofEachImage(call);
    }
  }

  private void ofBatch(KernelCall<SelectProposals> call) {
    int length = Math.toIntExact(call.in(1).shape().size());
    Rows batch =
        new Rows(
            call.in(1).memory().address(),
            1,
            length,
            Math.min(call.op().k(), length),
            RadixSelect.NOT_NEGATIVE);
    long state = cuda.scratch(batch.stateBytes());
    selection.select(batch, state);
    ordered.launch(
        Launch.blocks(call.in(1).shape().dim(0), ORDERED_THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .integer(call.in(1).shape().dim(1))
            .integer(batch.floor())
            .pointer(state)
            .integer(call.out(1).shape().dim(1))
            .pointer(call.out(0))
            .pointer(call.out(1))
            .pointer(call.out(2)));
  }

  private void ofEachImage(KernelCall<SelectProposals> call) {
    int images = call.in(1).shape().dim(0);
    int length = call.in(1).shape().dim(1);
    int width = call.out(1).shape().dim(1);
    Rows rows =
        new Rows(call.in(1).memory().address(), images, length, width, RadixSelect.NOT_NEGATIVE);
    int lists = width > RadixSelect.TILE ? 2 : 1;
    long states = cuda.scratch(rows.stateBytes() + lists * rows.listBytes());
    long winners = states + rows.stateBytes();
    selection.select(rows, states);
    selection.gather(rows, states, winners);
    long sorted = selection.rank(rows, states, winners, winners + rows.listBytes());
    ranked.launch(
        Launch.of((long) images * width, PLACE_THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .integer(images)
            .integer(length)
            .pointer(states)
            .pointer(sorted)
            .integer(width)
            .pointer(call.out(0))
            .pointer(call.out(1))
            .pointer(call.out(2)));
  }

  private void detections(KernelCall<SelectDetections> call) {
    Float32.require(call);
    int images = call.in(1).shape().dim(0);
    int rows = call.in(1).shape().dim(1);
    long listBytes = call.in(1).shape().size() * RadixSelect.ENTRY_BYTES;
    long countBytes = Launch.ceilDiv(images * 4L, COUNT_ALIGNMENT) * COUNT_ALIGNMENT;
    long bestBytes = 2L * images * call.op().capacity() * RadixSelect.ENTRY_BYTES;
    boolean spare = rows > CLASS_TILE;
    long counts = cuda.scratch(countBytes + (spare ? 3 : 2) * listBytes + bestBytes);
    long survivors = counts + countBytes;
    long best = survivors + listBytes;
    long lists = best + bestBytes;
    cuda.fillWords(counts, 0, images);
    if (rows > 0) {
      suppress(call, lists, spare ? lists + listBytes : lists, counts, survivors);
    }
    limit(call, counts, survivors, best);
  }

  private void suppress(
      KernelCall<SelectDetections> call, long lists, long spare, long counts, long survivors) {
    int images = call.in(1).shape().dim(0);
    int rows = call.in(1).shape().dim(1);
    int classes = call.in(1).shape().dim(2);
    DetectionRule rule = call.op().rule();
    int bitmap = (int) Launch.ceilDiv(rows, WARP) * Integer.BYTES;
    suppress.launch(
        Launch.blocks((long) images * Math.max(classes - 1, 0), CLASS_THREADS).shared(bitmap),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .pointer(call.in(2))
            .integer(rows)
            .integer(classes)
            .number((float) rule.scoreThreshold())
            .number((float) rule.nmsThreshold())
            .number((float) rule.minimumSize())
            .number((float) call.op().offset())
            .pointer(lists)
            .pointer(spare)
            .pointer(counts)
            .pointer(survivors));
  }

  private void limit(KernelCall<SelectDetections> call, long counts, long survivors, long best) {
    int rows = call.in(1).shape().dim(1);
    int classes = call.in(1).shape().dim(2);
    DetectionRule rule = call.op().rule();
    limit.launch(
        Launch.blocks(call.in(1).shape().dim(0), LIMIT_THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .integer(rows)
            .integer(classes)
            .integer(rule.limit())
            .flag(rule.ties())
            .integer(RadixSelect.bits(Math.max(Math.multiplyExact(rows, classes), 1)))
            .pointer(counts)
            .pointer(survivors)
            .integer(call.op().capacity())
            .pointer(best)
            .pointer(call.out(0))
            .pointer(call.out(1))
            .pointer(call.out(2))
            .pointer(call.out(3))
            .pointer(call.out(4)));
  }
}

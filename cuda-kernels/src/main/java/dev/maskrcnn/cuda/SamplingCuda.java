package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Boxes.AppendBoxes;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.IndexWhere;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.op.Masks.ObjectRows;
import dev.maskrcnn.tensor.op.Movement.LabelsAt;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Launches {@code sampling.cu}. */
final class SamplingCuda {
  private static final int THREADS = 256;

  /** Rows that a block of sampling or compaction goes through: enough to pay for its counters. */
  private static final int ROWS_PER_BLOCK = 4_096;

  /** Blocks of a compaction; each of them adds up the counts of all. */
  private static final int COMPACTION_BLOCKS = 512;

  /** Words of scratch per image before its list: two histograms of 2,048 bins, and the state. */
  private static final int BINS = 2 * 2_048;

  private static final int STATE = 4;

  private final CudaRuntime cuda;
  private final KernelFunction assign;
  private final KernelFunction histogram;
  private final KernelFunction split;
  private final KernelFunction rank;
  private final KernelFunction countWhere;
  private final KernelFunction writeWhere;
  private final KernelFunction labelsAt;
  private final KernelFunction objectRows;
  private final KernelFunction roisAt;
  private final KernelFunction append;

  private SamplingCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.assign = cuda.function("assign_labels_i32");
    this.histogram = cuda.function("sample_histogram_i32");
    this.split = cuda.function("sample_split_i32");
    this.rank = cuda.function("sample_rank_i32");
    this.countWhere = cuda.function("index_where_count_i32");
    this.writeWhere = cuda.function("index_where_write_i32");
    this.labelsAt = cuda.function("labels_at_i32");
    this.objectRows = cuda.function("object_rows_i32");
    this.roisAt = cuda.function("rois_at_f32");
    this.append = cuda.function("append_boxes_f32");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    SamplingCuda sampling = new SamplingCuda(cuda);
    table.put(AssignLabels.class, sampling::assign);
    table.put(SampleBalanced.class, sampling::sample);
    table.put(IndexWhere.class, sampling::indexWhere);
    table.put(LabelsAt.class, sampling::labelsAt);
    table.put(ObjectRows.class, sampling::objectRows);
    table.put(RoisAt.class, sampling::roisAt);
    table.put(AppendBoxes.class, sampling::append);
  }

  private void assign(KernelCall<AssignLabels> call) {
    long count = call.in(0).shape().size();
    assign.launch(
        Launch.of(count, THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .pointer(call.op().visibility() ? call.in(2).memory().address() : 0)
            .longInteger(count)
            .longInteger(call.in(0).shape().dim(1))
            .integer(call.in(1).shape().dim(1))
            .pointer(call.out(0)));
  }

  private void sample(KernelCall<SampleBalanced> call) {
    SampleBalanced op = call.op();
    int images = call.in(0).shape().dim(0);
    int rows = call.in(0).shape().dim(1);
    if (images == 0 || rows == 0) {
      return;
    }
    long counters = (long) images * (BINS + STATE);
    long bins = cuda.scratch((counters + (long) images * rows) * Integer.BYTES);
    long state = bins + (long) images * BINS * Integer.BYTES;
    long list = bins + counters * Integer.BYTES;
    cuda.fillWords(bins, 0, counters);
    Launch shape = Launch.blocks(Launch.ceilDiv(rows, ROWS_PER_BLOCK), THREADS).grid(images, 1);
    histogram.launch(shape, stream(call).pointer(bins));
    split.launch(
        shape,
        stream(call)
            .integer(op.size())
            .integer((int) (op.size() * op.positiveFraction()))
            .pointer(bins)
            .pointer(state)
            .pointer(list)
            .pointer(call.out(0)));
    rank.launch(
        Launch.blocks(2, THREADS).grid(images, 1),
        stream(call).pointer(state).pointer(list).pointer(call.out(0)));
  }

  /** What all passes of sampling take first: labels and the stream of random keys. */
  private Arguments stream(KernelCall<SampleBalanced> call) {
    return cuda.arguments()
        .pointer(call.in(0))
        .integer(call.in(0).shape().dim(1))
        .longInteger(call.op().seed())
        .longInteger(call.op().offset())
        .pointer(call.inputs().size() > 1 ? call.in(1).memory().address() : 0);
  }

  private void indexWhere(KernelCall<IndexWhere> call) {
    IndexWhere op = call.op();
    long count = call.in(0).shape().size();
    long wanted = Math.max(Launch.ceilDiv(count, ROWS_PER_BLOCK), 1);
    int blocks = (int) Math.min(wanted, COMPACTION_BLOCKS);
    long chunk = Launch.ceilDiv(count, blocks);
    long found = cuda.scratch((long) blocks * Integer.BYTES);
    Launch shape = Launch.blocks(blocks, THREADS);
    countWhere.launch(
        shape,
        cuda.arguments()
            .pointer(call.in(0))
            .longInteger(count)
            .longInteger(chunk)
            .integer(op.minimum())
            .pointer(found));
    writeWhere.launch(
        shape,
        cuda.arguments()
            .pointer(call.in(0))
            .longInteger(count)
            .longInteger(chunk)
            .integer(op.minimum())
            .pointer(found)
            .integer(op.capacity())
            .pointer(call.out(0))
            .pointer(call.out(1)));
  }

  private void labelsAt(KernelCall<LabelsAt> call) {
    long count = call.in(1).shape().size();
    labelsAt.launch(
        Launch.of(count, THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .longInteger(call.in(0).shape().size())
            .longInteger(count)
            .pointer(call.out(0)));
  }

  private void objectRows(KernelCall<ObjectRows> call) {
    long count = call.in(0).shape().size();
    objectRows.launch(
        Launch.of(count, THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .longInteger(count)
            .longInteger(call.in(0).shape().dim(1))
            .integer(call.op().objects())
            .pointer(call.out(0)));
  }

  private void roisAt(KernelCall<RoisAt> call) {
    Float32.require(call);
    long rows = call.in(0).shape().dim(1);
    long count = call.in(1).shape().size();
    roisAt.launch(
        Launch.of(5 * count, THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .longInteger(call.in(0).shape().dim(0) * rows)
            .longInteger(rows)
            .longInteger(count)
            .pointer(call.out(0)));
  }

  private void append(KernelCall<AppendBoxes> call) {
    Float32.require(call);
    int images = call.in(0).shape().dim(0);
    long width = call.out(0).shape().dim(1);
    append.launch(
        Launch.of(images * Math.max(width, 1), THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .pointer(call.in(2))
            .pointer(call.in(3))
            .integer(images)
            .integer(call.in(0).shape().dim(1))
            .integer(call.in(2).shape().dim(1))
            .pointer(call.out(0))
            .pointer(call.out(1)));
  }
}

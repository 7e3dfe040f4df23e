package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Boxes.AnchorsVisible;
import dev.maskrcnn.tensor.op.Boxes.AppendBoxes;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.BoxIou;
import dev.maskrcnn.tensor.op.Boxes.BoxesAtLeast;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.IndexWhere;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.op.Boxes.SelectDetections;
import dev.maskrcnn.tensor.op.Boxes.SelectProposals;
import dev.maskrcnn.tensor.op.Boxes.SelectTopK;
import dev.maskrcnn.tensor.op.Masks.ObjectRows;
import dev.maskrcnn.tensor.op.Movement.LabelsAt;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.nio.FloatBuffer;

/** Kernels of the family {@link dev.maskrcnn.tensor.op.Boxes}; the small ones are here. */
final class BoxKernels {
  private BoxKernels() {}

  static void register(KernelTable table, Workers workers) {
    AnchorsJava anchors = new AnchorsJava(workers);
    table.put(AnchorGrid.class, anchors::grid);
    table.put(AnchorsVisible.class, anchors::visible);
    table.put(BoxIou.class, call -> iou(call, workers));
    table.put(MatchBoxes.class, new MatchBoxesJava(workers)::run);
    table.put(AssignLabels.class, new LabelsJava(workers)::assign);
    table.put(SampleBalanced.class, new SampleBalancedJava(workers)::run);
    table.put(IndexWhere.class, LabelsJava::indexWhere);
    table.put(LabelsAt.class, LabelsJava::labelsAt);
    table.put(ObjectRows.class, LabelsJava::objectRows);
    table.put(RoisAt.class, BoxKernels::roisAt);
    BoxCoderJava coder = new BoxCoderJava(workers);
    table.put(BoxEncode.class, coder::encode);
    table.put(BoxDecode.class, coder::decode);
    table.put(ClipBoxes.class, coder::clip);
    table.put(BoxesAtLeast.class, BoxKernels::atLeast);
    table.put(SelectTopK.class, new SelectTopKJava(workers)::run);
    table.put(Nms.class, new NmsJava(workers)::run);
    table.put(SelectProposals.class, new SelectProposalsJava(workers)::run);
    table.put(AppendBoxes.class, BoxKernels::append);
    table.put(SelectDetections.class, new SelectDetectionsJava(workers)::run);
  }

  private static void iou(KernelCall<BoxIou> call, Workers workers) {
    Require.f32(call);
    float[] a = HostRows.floats(call.in(0));
    float[] b = HostRows.floats(call.in(1));
    FloatBuffer out = call.out(0).floats();
    BoxGeometry overlap = new BoxGeometry(call.op().offset());
    workers.each(
        a.length / 4,
        i -> {
          float[] row = new float[b.length / 4];
          for (int j = 0; j < row.length; j++) {
            row[j] = overlap.iou(a, 4 * i, b, 4 * j);
          }
          out.put(i * row.length, row);
        });
  }

  private static void roisAt(KernelCall<RoisAt> call) {
    Require.f32(call);
    FloatBuffer boxes = call.in(0).floats();
    int[] index = HostRows.ints(call.in(1));
    int rows = call.in(0).shape().dim(1);
    int all = call.in(0).shape().dim(0) * rows;
    float[] roi = new float[5 * index.length];
    for (int r = 0; r < index.length; r++) {
      if (index[r] < 0) {
        roi[5 * r] = -1;
      } else {
        int i = HostRows.index(call, 1, r, index[r], all);
        roi[5 * r] = i / rows;
        boxes.get(4 * i, roi, 5 * r + 1, 4);
      }
    }
    call.out(0).floats().put(0, roi);
  }

  private static void atLeast(KernelCall<BoxesAtLeast> call) {
    Require.f32(call);
    FloatBuffer boxes = call.in(0).floats();
    int width = call.in(0).shape().dim(2);
    BoxGeometry overlap = new BoxGeometry(call.op().offset());
    float minimum = (float) call.op().minimum();
    float[] box = new float[4];
    byte[] flags = new byte[(int) call.out(0).shape().size()];
    for (int i = 0; i < flags.length; i++) {
      boxes.get(width * i, box);
      flags[i] = (byte) (overlap.atLeast(box, 0, minimum) ? 1 : 0);
    }
    call.out(0).memory().host().put(0, flags);
  }

  private static void append(KernelCall<AppendBoxes> call) {
    Require.f32(call);
    int proposals = call.in(0).shape().dim(1);
    int truths = call.in(2).shape().dim(1);
    int[] p = HostRows.counts(call, 1, proposals);
    int[] g = HostRows.counts(call, 3, truths);
    for (int n = 0; n < p.length; n++) {
      float[] all = new float[4 * (proposals + truths)];
      call.in(0).floats().get(4 * n * proposals, all, 0, 4 * p[n]);
      call.in(2).floats().get(4 * n * truths, all, 4 * p[n], 4 * g[n]);
      call.out(0).floats().put(n * all.length, all);
      call.out(1).ints().put(n, p[n] + g[n]);
    }
  }
}

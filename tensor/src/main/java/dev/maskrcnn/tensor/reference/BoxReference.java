package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Boxes.AppendBoxes;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.BoxesAtLeast;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.shape.Shape;

/** Box arithmetic. */
final class BoxReference {
  private BoxReference() {}

  /** Weight of delta 0 or 2 for the horizontal axis 0, 1 or 3 for the vertical axis 1. */
  private static double weight(CoderWeights w, int delta) {
    return switch (delta) {
      case 0 -> w.x();
      case 1 -> w.y();
      case 2 -> w.width();
      default -> w.height();
    };
  }

  static void encode(BoxEncode op, Operands a) {
    double[] boxes = a.in(0);
    double[] targets = a.in(1);
    double[] out = a.out(0);
    for (int t = 0; t < out.length; t += 4) {
      int b = t % Math.max(boxes.length, 1); // boxes of batch 1 serve every image
      for (int axis = 0; axis < 2; axis++) {
        double size = boxes[b + axis + 2] - boxes[b + axis] + op.offset();
        double wanted = targets[t + axis + 2] - targets[t + axis] + op.offset();
        double centre = boxes[b + axis] + 0.5 * size;
        double wantedCentre = targets[t + axis] + 0.5 * wanted;
        out[t + axis] = weight(op.weights(), axis) * (wantedCentre - centre) / size;
        out[t + axis + 2] = weight(op.weights(), axis + 2) * Math.log(wanted / size);
      }
    }
  }

  static void decode(BoxDecode op, Operands a) {
    double[] boxes = a.in(0);
    double[] deltas = a.in(1);
    double[] out = a.out(0);
    int width = a.shape(1).dim(2);
    for (int d = 0; d < out.length; d += 4) {
      int b = d / width * 4 % boxes.length; // boxes of batch 1 serve every image
      for (int axis = 0; axis < 2; axis++) {
        double size = boxes[b + axis + 2] - boxes[b + axis] + op.offset();
        double centre = boxes[b + axis] + 0.5 * size;
        double shift = deltas[d + axis] / weight(op.weights(), axis);
        double growth = Math.min(deltas[d + axis + 2] / weight(op.weights(), axis + 2), op.clamp());
        double newSize = Math.exp(growth) * size;
        double newCentre = shift * size + centre;
        out[d + axis] = newCentre - 0.5 * newSize;
        out[d + axis + 2] = newCentre + 0.5 * newSize - op.offset();
      }
    }
  }

  static void clip(ClipBoxes op, Operands a) {
    double[] boxes = a.in(0);
    int[] sizes = a.ints(1);
    double[] out = a.out(0);
    int perImage = (int) a.shape(0).size(1, 3);
    for (int i = 0; i < out.length; i++) {
      int extent = sizes[i / perImage * 2 + (i % 2 == 0 ? 1 : 0)];
      out[i] = Math.min(Math.max(boxes[i], 0), extent - op.offset());
    }
  }

  static void atLeast(BoxesAtLeast op, Operands a) {
    double[] boxes = a.in(0);
    double[] out = a.out(0);
    Overlap overlap = new Overlap(a.rounding(0), op.offset());
    int width = a.shape(0).dim(2);
    for (int i = 0; i < out.length; i++) {
      out[i] = overlap.atLeast(boxes, i * width, op.minimum()) ? 1 : 0;
    }
  }

  static void roisAt(RoisAt op, Operands a) {
    double[] boxes = a.in(0);
    int[] index = a.ints(1);
    double[] out = a.out(0);
    Shape s = a.shape(0);
    for (int r = 0; r < index.length; r++) {
      if (index[r] < 0) {
        out[r * 5] = -1;
      } else {
        int i = a.checked(index[r], s.dim(0) * s.dim(1), 1, r);
        out[r * 5] = i / s.dim(1);
        System.arraycopy(boxes, i * 4, out, r * 5 + 1, 4);
      }
    }
  }

  static void append(AppendBoxes op, Operands a) {
    int[] proposals = a.ints(1);
    int[] truths = a.ints(3);
    int rows = a.outShape(0).dim(1);
    for (int n = 0; n < proposals.length; n++) {
      int to = n * rows * 4;
      int from = n * a.shape(0).dim(1) * 4;
      System.arraycopy(a.in(0), from, a.out(0), to, proposals[n] * 4);
      int fromTruth = n * a.shape(2).dim(1) * 4;
      System.arraycopy(a.in(2), fromTruth, a.out(0), to + proposals[n] * 4, truths[n] * 4);
      a.out(1)[n] = proposals[n] + truths[n];
    }
  }
}

package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Boxes.AnchorsVisible;

/** Anchors. */
final class AnchorReference {
  private AnchorReference() {}

  static void grid(AnchorGrid op, Operands a) {
    double[] out = a.out(0);
    int cells = op.cells().size();
    for (int i = 0; i < out.length; i++) {
      int place = i / cells;
      int x = place % op.width() * op.strideX();
      int y = place / op.width() * op.strideY();
      float shift = i % 2 == 0 ? x : y;
      out[i] = op.cells().get(i % cells) + shift;
    }
  }

  static void visible(AnchorsVisible op, Operands a) {
    double[] box = a.in(0);
    int[] sizes = a.ints(1);
    double[] out = a.out(0);
    int anchors = a.shape(0).dim(0);
    double m = op.margin();
    for (int i = 0; i < out.length; i++) {
      int at = i % anchors * 4;
      int height = sizes[i / anchors * 2];
      int width = sizes[i / anchors * 2 + 1];
      boolean inside =
          box[at] >= -m && box[at + 1] >= -m && box[at + 2] < width + m && box[at + 3] < height + m;
      out[i] = m < 0 || inside ? 1 : 0;
    }
  }
}

package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;

/**
 * Exchanges left and right in the images of a batch and in what was found there. Decoding commutes
 * with it, so a box found in the mirrored image is as well described by its mirrored proposal and
 * deltas whose dx has the other sign.
 */
final class Mirror {
  private final Tensor sizes;
  private final int[] heightsAndWidths;
  private final double boxOffset;

  /**
   * For images of these sizes. Waits for the device.
   *
   * @param sizes I32 {@code [N,2]}: (height, width) without padding
   * @param boxOffset 1 where box corners are inclusive, 0 where they are continuous
   */
  Mirror(Tensor sizes, double boxOffset) {
    this.sizes = sizes;
    this.heightsAndWidths = sizes.toInts();
    this.boxOffset = boxOffset;
  }

  /** The mirrored images; the padding stays where it is, at the right and below. */
  Input images(Input input) {
    Shape s = input.images().shape();
    int height = s.dim(1);
    int width = s.dim(2);
    int[] from = new int[s.dim(0) * height * width];
    for (int i = 0; i < from.length; i++) {
      int x = i % width;
      int inside = heightsAndWidths[2 * (i / (height * width)) + 1];
      from[i] = x < inside ? i - x + inside - 1 - x : i;
    }
    Tensor positions = sizes.device().of(Shape.of(from.length), from);
    Tensor pixels = input.images().reshape(Shape.of(from.length, s.dim(3)));
    Tensor mirrored =
        sizes.device().dispatch(new GatherRows(), List.of(pixels, positions)).get(0).reshape(s);
    return new Input(mirrored, sizes);
  }

  /** Candidates of the mirrored images as candidates of the images. */
  Candidates candidates(Candidates found) {
    Proposals p = found.proposals();
    return new Candidates(
        new Proposals(boxes(p.boxes()), p.scores(), p.counts()),
        found.logits(),
        deltas(found.deltas()));
  }

  /** {@code [N,K,4]}: x1 becomes width − offset − x2, and x2 the same of x1. */
  private Tensor boxes(Tensor boxes) {
    Shape s = boxes.shape();
    float[] right = new float[Math.toIntExact(s.size())];
    for (int i = 0; i < right.length; i += 2) {
      right[i] = (float) (heightsAndWidths[2 * (i / (4 * s.dim(1))) + 1] - boxOffset);
    }
    Tensor x1 = boxes.slice(2, 0, 1).scale(-1);
    Tensor y1 = boxes.slice(2, 1, 1);
    Tensor x2 = boxes.slice(2, 2, 1).scale(-1);
    Tensor y2 = boxes.slice(2, 3, 1);
    return x2.concat(List.of(y1, x1, y2), 2).add(boxes.device().of(s, right));
  }

  private static Tensor deltas(Tensor deltas) {
    Shape s = deltas.shape();
    Tensor each = deltas.reshape(Shape.of(Math.toIntExact(s.size() / 4), 4));
    Tensor dx = each.slice(1, 0, 1).scale(-1);
    return dx.concat(List.of(each.slice(1, 1, 3)), 1).reshape(s);
  }
}

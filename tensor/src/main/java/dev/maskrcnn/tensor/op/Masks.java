package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/** Mask targets and mask pasting. */
public sealed interface Masks extends Op {

  /**
   * Rasterises the polygons of each RoI's instance into the RoI (COCO's rule, union over parts).
   * Inputs boxes {@code [P,4]} xyxy, instance I32 {@code [P]} (row of part ranges), coords {@code
   * [C]} (x, y, …), parts I32 {@code [Q+1]} (offsets into coords, in numbers), ranges I32 {@code
   * [G+1]} (offsets into parts). Output {@code [P,size,size]} of 0 and 1. A negative instance gives
   * zeros.
   */
  record MaskTargets(int size) implements Masks {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 5);
      Check.rank(this, in, 0, 2);
      Check.last(this, in, 0, 4);
      Check.floating(this, in, 0, 2);
      Check.rank(this, in, 2, 1);
      for (int i : new int[] {1, 3, 4}) {
        Check.dtype(this, in, i, DType.I32);
        Check.rank(this, in, i, 1);
      }
      int p = in.get(0).shape().dim(0);
      Check.shape(this, in, 1, Shape.of(p));
      return List.of(new Spec(Shape.of(p, size, size), in.get(0).dtype()));
    }
  }

  /**
   * Rows of matched objects in a table of all images' objects, {@code objects} to an image: input
   * match I32 {@code [N,M]}; output I32 {@code [N,M]}: {@code n·objects + match}, −1 where the
   * match is negative.
   */
  record ObjectRows(int objects) implements Masks {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.rank(this, in, 0, 2);
      Check.dtype(this, in, 0, DType.I32);
      return List.of(in.get(0));
    }
  }

  /**
   * Marks the targets of rows that are padding: inputs x {@code [R,…]}, label I32 {@code [R]};
   * output x with −1, which the loss ignores, in the rows whose label is negative.
   */
  record IgnoreRows() implements Masks {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.floating(this, in, 0);
      Check.atLeastRank(this, in, 0, 1);
      Check.dtype(this, in, 1, DType.I32);
      Check.shape(this, in, 1, Shape.of(in.get(0).shape().dim(0)));
      return List.of(in.get(0));
    }
  }

  /**
   * Pastes M×M mask probabilities into images: pad by {@code padding} zero pixels, expand the box
   * about its centre by (M+2·padding)/M, truncate to integers, resize bilinearly (half-pixel
   * centres), compare {@code > threshold}. Inputs masks {@code [D,M,M]}, boxes {@code [D,4]} in
   * image pixels; output U8 {@code [D,height,width]} (a negative threshold gives 255·probability).
   */
  record MaskPaste(int height, int width, double threshold, int padding) implements Masks {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 3);
      Check.floating(this, in, 0, 1);
      Check.last(this, in, 0, in.get(0).shape().dim(1));
      int d = in.get(0).shape().dim(0);
      Check.shape(this, in, 1, Shape.of(d, 4));
      return List.of(new Spec(Shape.of(d, height, width), DType.U8));
    }
  }
}

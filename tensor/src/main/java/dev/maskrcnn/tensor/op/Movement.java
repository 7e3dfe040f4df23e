package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/** Ops that move elements without computing. */
public sealed interface Movement extends Op {

  /** Joins inputs along an axis; all other extents and the types are equal. */
  record Concat(int axis) implements Movement {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.atLeast(this, in, 1);
      Spec first = in.get(0);
      int total = 0;
      for (int i = 0; i < in.size(); i++) {
        Check.dtype(this, in, i, first.dtype());
        Check.that(
            this,
            in,
            axis >= 0 && in.get(i).shape().rank() > axis,
            "axis " + axis + " does not exist");
        int extent = in.get(i).shape().dim(axis);
        Check.shape(this, in, i, first.shape().with(axis, extent));
        total += extent;
      }
      return List.of(new Spec(first.shape().with(axis, total), first.dtype()));
    }
  }

  /** Elements {@code start … start+length−1} of an axis. */
  record Slice(int axis, int start, int length) implements Movement {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Shape s = in.get(0).shape();
      Check.that(
          this,
          in,
          axis >= 0
              && axis < s.rank()
              && start >= 0
              && length >= 0
              && start + length <= s.dim(axis),
          "the slice leaves the input");
      return List.of(new Spec(s.with(axis, length), in.get(0).dtype()));
    }
  }

  /** Gradient of {@link Slice}: dy placed into zeros of extent {@code total}. */
  record SliceBackward(int axis, int start, int total) implements Movement {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Shape s = in.get(0).shape();
      Check.that(
          this,
          in,
          axis >= 0 && axis < s.rank() && start >= 0 && start + s.dim(axis) <= total,
          "the slice leaves the output");
      return List.of(new Spec(s.with(axis, total), in.get(0).dtype()));
    }
  }

  /**
   * Rows by index: inputs x {@code [R,…]}, index I32 {@code [K]}; output {@code [K,…]}. An index of
   * −1 gives zeros. Any type.
   */
  record GatherRows() implements Movement {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.dtype(this, in, 1, DType.I32);
      Check.rank(this, in, 1, 1);
      Check.that(this, in, in.get(0).shape().rank() >= 1, "input 0 must have rows");
      Shape s = in.get(0).shape().with(0, in.get(1).shape().dim(0));
      return List.of(new Spec(s, in.get(0).dtype()));
    }
  }

  /** Gradient of {@link GatherRows}: inputs dy {@code [K,…]}, index; rows summed into zeros. */
  record GatherRowsBackward(int rows) implements Movement {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.floating(this, in, 0);
      Check.dtype(this, in, 1, DType.I32);
      Check.atLeastRank(this, in, 0, 1);
      Check.shape(this, in, 1, Shape.of(in.get(0).shape().dim(0)));
      return List.of(new Spec(in.get(0).shape().with(0, rows), in.get(0).dtype()));
    }
  }

  /**
   * Labels at flat positions: inputs label I32 {@code [M]} or {@code [N,M]}, index I32 {@code [R]};
   * output I32 {@code [R]}. A negative index gives −1, which every loss ignores: so padding stays
   * padding.
   */
  record LabelsAt() implements Movement {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.dtype(this, in, 0, DType.I32);
      Check.dtype(this, in, 1, DType.I32);
      Check.rank(this, in, 1, 1);
      int rank = in.get(0).shape().rank();
      Check.that(this, in, rank == 1 || rank == 2, "input 0 must have rank 1 or 2");
      return List.of(in.get(1));
    }
  }

  /**
   * Rows by index per batch element: inputs x {@code [N or 1,M,C]} (or {@code [N or 1,M]}), index
   * I32 {@code [N,K]}; output {@code [N,K,C]} (or {@code [N,K]}). A negative index gives zeros.
   */
  record BatchGather() implements Movement {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 1, 2);
      Check.dtype(this, in, 1, DType.I32);
      Shape x = in.get(0).shape();
      Shape index = in.get(1).shape();
      Check.that(this, in, x.rank() == 2 || x.rank() == 3, "input 0 must have rank 2 or 3");
      Check.that(
          this,
          in,
          x.dim(0) == 1 || x.dim(0) == index.dim(0),
          "the batch of input 0 must be 1 or that of the index");
      Shape y = x.rank() == 2 ? index : Shape.of(index.dim(0), index.dim(1), x.dim(2));
      return List.of(new Spec(y, in.get(0).dtype()));
    }
  }

  /**
   * The part of each row that belongs to its class: inputs x {@code [R,S,K·width]}, label I32
   * {@code [R]}; output {@code [R,S,width]} = columns {@code label·width …}. A negative label gives
   * zeros. Selects box deltas (S = 1, width 4) and mask channels (S = M², width 1).
   */
  record SelectClass(int width) implements Movement {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 3);
      Check.floating(this, in, 0);
      Check.dtype(this, in, 1, DType.I32);
      Shape x = in.get(0).shape();
      Check.shape(this, in, 1, Shape.of(x.dim(0)));
      Check.that(this, in, x.dim(2) % width == 0, "the last extent is no multiple of " + width);
      return List.of(new Spec(x.with(2, width), in.get(0).dtype()));
    }
  }

  /** Gradient of {@link SelectClass}: inputs dy {@code [R,S,width]}, label; last extent given. */
  record SelectClassBackward(int columns) implements Movement {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 3);
      Check.floating(this, in, 0);
      Check.dtype(this, in, 1, DType.I32);
      Check.shape(this, in, 1, Shape.of(in.get(0).shape().dim(0)));
      return List.of(new Spec(in.get(0).shape().with(2, columns), in.get(0).dtype()));
    }
  }
}

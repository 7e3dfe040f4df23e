package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/**
 * Box arithmetic and selection. Boxes are xyxy pixels. {@code offset} is 1 where corners are
 * inclusive pixels (maskrcnn-benchmark) and 0 where they are continuous (torchvision, detectron2).
 * Batches have static shapes: {@code [N,M,…]} padded, with counts I32 {@code [N]} beside them. None
 * of these ops is differentiable.
 */
public sealed interface Boxes extends Op {

  /**
   * Anchors of one pyramid level in (y, x, anchor) order: the cell anchors (4 numbers each) shifted
   * by the strides. No input; output F32 {@code [height·width·A,4]}.
   */
  record AnchorGrid(int height, int width, int strideY, int strideX, List<Float> cells)
      implements Boxes {
    public AnchorGrid {
      cells = List.copyOf(cells);
    }

    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 0);
      Check.that(this, in, cells.size() % 4 == 0, "cells must be groups of 4 numbers");
      return List.of(Spec.of(DType.F32, height * width * (cells.size() / 4), 4));
    }
  }

  /**
   * Which anchors lie inside their image: inputs anchors {@code [M,4]}, sizes I32 {@code [N,2]}
   * (height, width); output U8 {@code [N,M]}: x1,y1 ≥ −margin, x2 &lt; width+margin, y2 &lt;
   * height+margin. A negative margin makes all visible.
   */
  record AnchorsVisible(double margin) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 2);
      Check.rank(this, in, 1, 2);
      Check.floating(this, in, 0);
      Check.last(this, in, 0, 4);
      Check.last(this, in, 1, 2);
      Check.dtype(this, in, 1, DType.I32);
      return List.of(Spec.of(DType.U8, in.get(1).shape().dim(0), in.get(0).shape().dim(0)));
    }
  }

  /**
   * Pairwise intersection over union: inputs a {@code [A,4]}, b {@code [B,4]}; {@code [A,B]}; 0 for
   * boxes that do not meet. In the precision of the boxes and in this order: {@code area = ((x2 −
   * x1) + offset)·((y2 − y1) + offset)}, {@code iou = inter / ((areaA + areaB) − inter)}.
   */
  record BoxIou(double offset) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 2);
      Check.rank(this, in, 1, 2);
      Check.floating(this, in, 0, 1);
      Check.last(this, in, 0, 4);
      Check.last(this, in, 1, 4);
      Shape s = Shape.of(in.get(0).shape().dim(0), in.get(1).shape().dim(0));
      return List.of(new Spec(s, in.get(0).dtype()));
    }
  }

  /**
   * Matches boxes to ground truth by IoU without keeping the matrix: inputs truth {@code [N,G,4]},
   * truth count I32 {@code [N]}, boxes {@code [N or 1,M,4]}, box count I32 {@code [N]}. Output I32
   * {@code [N,M]}: index of the best truth (ties → lowest) if IoU ≥ high; −1 below low; −2 between
   * and for rows beyond the count. With {@code lowQuality} every box that reaches a truth's best
   * IoU (exact equality) keeps its own best truth. No truth at all: −1 for all rows within the
   * count.
   */
  record MatchBoxes(double high, double low, boolean lowQuality, double offset) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 4);
      Check.rank(this, in, 0, 3);
      Check.rank(this, in, 2, 3);
      Check.floating(this, in, 0, 2);
      Check.last(this, in, 0, 4);
      Check.last(this, in, 2, 4);
      Check.dtype(this, in, 1, DType.I32);
      Check.dtype(this, in, 3, DType.I32);
      int n = in.get(0).shape().dim(0);
      int b = in.get(2).shape().dim(0);
      Check.that(this, in, b == 1 || b == n, "boxes must have batch 1 or that of the truth");
      Check.shape(this, in, 1, Shape.of(n));
      Check.shape(this, in, 3, Shape.of(n));
      return List.of(Spec.of(DType.I32, n, in.get(2).shape().dim(1)));
    }
  }

  /**
   * Labels from matches: inputs match I32 {@code [N,M]}, truth labels I32 {@code [N,G]}, and if
   * {@code visibility} flags U8 {@code [N,M]}. Output I32 {@code [N,M]}: label of the truth, 0 for
   * −1, −1 for −2 and for what is not visible.
   */
  record AssignLabels(boolean visibility) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, visibility ? 3 : 2);
      Check.dtype(this, in, 0, DType.I32);
      Check.dtype(this, in, 1, DType.I32);
      Check.rank(this, in, 0, 2);
      Check.rank(this, in, 1, 2);
      Check.that(
          this,
          in,
          in.get(0).shape().dim(0) == in.get(1).shape().dim(0),
          "matches and labels differ in batch");
      if (visibility) {
        Check.dtype(this, in, 2, DType.U8);
        Check.shape(this, in, 2, in.get(0).shape());
      }
      return List.of(in.get(0));
    }
  }

  /**
   * Balanced sampling per image: keeps at most {@code int(size·positiveFraction)} rows with label ≥
   * 1 and fills up to {@code size} with rows of label 0, both uniformly at random by Philox keys
   * from (seed, offset + image). Input label I32 {@code [N,M]}; output the same with −1 for what
   * was not drawn. If all candidates fit, all are kept. A second input I32 {@code [1]}, a group
   * from 0, moves the streams on by {@code group·65536}: since it is read on the device, a captured
   * pass draws anew each time.
   */
  record SampleBalanced(int size, double positiveFraction, long seed, long offset)
      implements Boxes {
    /** Streams from one group to the next. */
    public static final long GROUP = 1L << 16;

    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.that(this, in, in.size() == 1 || in.size() == 2, "takes 1 or 2 inputs");
      if (in.size() == 2) {
        Check.dtype(this, in, 1, DType.I32);
        Check.shape(this, in, 1, Shape.of(1));
      }
      Check.rank(this, in, 0, 2);
      Check.dtype(this, in, 0, DType.I32);
      return List.of(in.get(0));
    }
  }

  /**
   * Positions of labels ≥ minimum in row-major order: input I32 (any shape); outputs I32 {@code
   * [capacity]} padded with −1, and the count I32 {@code [1]} (never above the capacity).
   */
  record IndexWhere(int minimum, int capacity) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.dtype(this, in, 0, DType.I32);
      return List.of(Spec.of(DType.I32, capacity), Spec.of(DType.I32, 1));
    }
  }

  /**
   * RoI rows for flat positions: inputs boxes {@code [N,M,4]}, index I32 {@code [R]} into N·M;
   * output {@code [R,5]} (image, x1, y1, x2, y2); a negative index gives image −1.
   */
  record RoisAt() implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 3);
      Check.floating(this, in, 0);
      Check.last(this, in, 0, 4);
      Check.dtype(this, in, 1, DType.I32);
      Check.rank(this, in, 1, 1);
      return List.of(new Spec(Shape.of(in.get(1).shape().dim(0), 5), in.get(0).dtype()));
    }
  }

  /** Scale of the four deltas (dx, dy, dw, dh). */
  record CoderWeights(double x, double y, double width, double height) {}

  /**
   * Deltas that take boxes to targets (R-CNN, Girshick et al. 2014, appendix C): inputs boxes
   * {@code […,4]} and targets {@code […,4]} of equal shape (or boxes with batch 1 against {@code
   * [N,M,4]}).
   */
  record BoxEncode(CoderWeights weights, double offset) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.floating(this, in, 0, 1);
      Check.last(this, in, 0, 4);
      Check.last(this, in, 1, 4);
      Shape b = in.get(0).shape();
      Shape t = in.get(1).shape();
      Check.that(
          this,
          in,
          b.equals(t) || (b.rank() == 3 && t.rank() == 3 && b.dim(0) == 1 && b.dim(1) == t.dim(1)),
          "boxes and targets differ in shape");
      return List.of(in.get(1));
    }
  }

  /**
   * Applies deltas to boxes: inputs boxes {@code [N or 1,M,4]}, deltas {@code [N,M,4·K]}; output
   * {@code [N,M,4·K]}. dw and dh are clamped above at {@code clamp} (ln(1000/16)).
   */
  record BoxDecode(CoderWeights weights, double offset, double clamp) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 3);
      Check.rank(this, in, 1, 3);
      Check.floating(this, in, 0, 1);
      Check.last(this, in, 0, 4);
      Shape b = in.get(0).shape();
      Shape d = in.get(1).shape();
      Check.that(
          this,
          in,
          (b.dim(0) == 1 || b.dim(0) == d.dim(0)) && b.dim(1) == d.dim(1) && d.dim(2) % 4 == 0,
          "boxes and deltas do not fit");
      return List.of(in.get(1));
    }
  }

  /**
   * Clips to {@code [0, size − offset]}: inputs boxes {@code [N,M,4·K]}, sizes I32 {@code [N,2]}
   * (height, width).
   */
  record ClipBoxes(double offset) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 3);
      Check.floating(this, in, 0);
      Check.that(this, in, in.get(0).shape().dim(2) % 4 == 0, "boxes come in groups of 4 numbers");
      Check.dtype(this, in, 1, DType.I32);
      Check.shape(this, in, 1, Shape.of(in.get(0).shape().dim(0), 2));
      return List.of(in.get(0));
    }
  }

  /** U8 {@code [N,M]}: width + offset ≥ minimum and height + offset ≥ minimum. */
  record BoxesAtLeast(double minimum, double offset) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.rank(this, in, 0, 3);
      Check.floating(this, in, 0);
      Check.last(this, in, 0, 4);
      Shape b = in.get(0).shape();
      return List.of(Spec.of(DType.U8, b.dim(0), b.dim(1)));
    }
  }

  /**
   * The k largest of each row, descending, ties → lower index, k cut to the row: input {@code
   * [N,M]}; outputs values {@code [N,k]}, indices I32 {@code [N,k]}.
   */
  record SelectTopK(int k) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.rank(this, in, 0, 2);
      Check.floating(this, in, 0);
      Shape x = in.get(0).shape();
      int width = Math.min(k, x.dim(1));
      Spec values = new Spec(Shape.of(x.dim(0), width), in.get(0).dtype());
      return List.of(values, Spec.of(DType.I32, x.dim(0), width));
    }
  }

  /**
   * Greedy non-maximum suppression per segment: inputs boxes {@code [S,M,4]}, scores {@code [S,M]},
   * valid U8 {@code [S,M]}. Boxes with IoU strictly above the threshold to a better one go. Outputs
   * the kept indices, ascending, I32 {@code [S,min(keep,M)]} padded with −1, and counts I32 {@code
   * [S]}. If more than {@code keep} survive, the first by index are kept (the best, if sorted).
   */
  record Nms(double threshold, int keep, double offset) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 3);
      Check.rank(this, in, 0, 3);
      Check.floating(this, in, 0, 1);
      Check.last(this, in, 0, 4);
      Check.dtype(this, in, 2, DType.U8);
      Shape s = in.get(0).shape();
      Check.shape(this, in, 1, Shape.of(s.dim(0), s.dim(1)));
      Check.shape(this, in, 2, Shape.of(s.dim(0), s.dim(1)));
      return List.of(
          Spec.of(DType.I32, s.dim(0), Math.min(keep, s.dim(1))), Spec.of(DType.I32, s.dim(0)));
    }
  }

  /**
   * The best proposals over all levels: inputs boxes {@code [N,M,4]}, scores {@code [N,M]} (0 or
   * less = absent). {@code acrossBatch}: the k best of the whole batch, order unchanged; otherwise
   * the k best of each image, descending. Outputs boxes {@code [N,k',4]}, scores {@code [N,k']}
   * (absent rows: zeros and −1) and counts I32 {@code [N]}; k' = min(k, M).
   */
  record SelectProposals(int k, boolean acrossBatch) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 3);
      Check.floating(this, in, 0, 1);
      Check.last(this, in, 0, 4);
      Shape b = in.get(0).shape();
      int n = b.dim(0);
      Check.shape(this, in, 1, Shape.of(n, b.dim(1)));
      int width = Math.min(k, b.dim(1));
      return List.of(
          new Spec(Shape.of(n, width, 4), in.get(0).dtype()),
          new Spec(Shape.of(n, width), in.get(0).dtype()),
          Spec.of(DType.I32, n));
    }
  }

  /**
   * Appends the ground truth to proposals: inputs boxes {@code [N,P,4]}, counts, truth {@code
   * [N,G,4]}, truth counts. Outputs {@code [N,P+G,4]} packed to the front, and counts.
   */
  record AppendBoxes() implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 4);
      Check.rank(this, in, 0, 3);
      Check.rank(this, in, 2, 3);
      Check.floating(this, in, 0, 2);
      Check.last(this, in, 0, 4);
      Check.last(this, in, 2, 4);
      Check.dtype(this, in, 1, DType.I32);
      Check.dtype(this, in, 3, DType.I32);
      Shape p = in.get(0).shape();
      Shape counts = Shape.of(p.dim(0));
      Check.shape(this, in, 1, counts);
      Check.shape(this, in, 3, counts);
      Check.that(this, in, in.get(2).shape().dim(0) == p.dim(0), "boxes and truth differ in batch");
      int g = in.get(2).shape().dim(1);
      return List.of(
          new Spec(Shape.of(p.dim(0), p.dim(1) + g, 4), in.get(0).dtype()),
          Spec.of(DType.I32, p.dim(0)));
    }
  }

  /**
   * Thresholds of {@link SelectDetections}. {@code limit} ≤ 0 keeps all; {@code ties} keeps every
   * detection whose score equals the limit-th best (maskrcnn-benchmark); otherwise exactly {@code
   * limit} are kept, best first (torchvision, detectron2).
   */
  record DetectionRule(
      double scoreThreshold, double nmsThreshold, int limit, boolean ties, double minimumSize) {}

  /**
   * Final detections: inputs boxes {@code [N,M,K·4]}, class probabilities {@code [N,M,K]} (class 0
   * is background), counts I32 {@code [N]}. Per class: score strictly above the threshold, sides ≥
   * minimum size, NMS; then the limit. Order: class ascending, then row (with {@code ties}), or by
   * score. Outputs, padded to {@code capacity}: boxes {@code [N,D,4]}, scores {@code [N,D]}, labels
   * I32 {@code [N,D]}, row index I32 {@code [N,D]}, counts I32 {@code [N]}; beyond the capacity the
   * worst are dropped. Padding: zero boxes, and −1 for score, label and row.
   */
  record SelectDetections(DetectionRule rule, double offset, int capacity) implements Boxes {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 3);
      Check.rank(this, in, 0, 3);
      Check.rank(this, in, 1, 3);
      Check.floating(this, in, 0, 1);
      Check.dtype(this, in, 2, DType.I32);
      Shape p = in.get(1).shape();
      Check.shape(this, in, 2, Shape.of(p.dim(0)));
      Check.shape(this, in, 0, Shape.of(p.dim(0), p.dim(1), 4 * p.dim(2)));
      int n = p.dim(0);
      DType t = in.get(0).dtype();
      return List.of(
          new Spec(Shape.of(n, capacity, 4), t),
          new Spec(Shape.of(n, capacity), t),
          Spec.of(DType.I32, n, capacity),
          Spec.of(DType.I32, n, capacity),
          Spec.of(DType.I32, n));
    }
  }
}

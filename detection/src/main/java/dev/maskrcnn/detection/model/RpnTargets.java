package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.AnchorsVisible;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/**
 * What the RPN should have said of each anchor.
 *
 * @param matched I32 {@code [N,M]}: object of each anchor, −1 background, −2 between thresholds
 * @param labels I32 {@code [N,M]} before sampling: 1, 0, −1 ignored
 * @param sampled the same after sampling: −1 for everything not drawn
 * @param deltas {@code [N,M,4]}: encoded object boxes; meaningless where there is no match
 */
public record RpnTargets(Tensor matched, Tensor labels, Tensor sampled, Tensor deltas) {

  /**
   * Stream of random numbers for one step: a seed, and an offset that no other draw uses.
   *
   * @param group I32 {@code [1]} on the device, see {@link SampleBalanced}; null for none
   */
  public record Draw(long seed, long offset, Tensor group) {
    /** A draw whose stream the host chooses. */
    public Draw(long seed, long offset) {
      this(seed, offset, null);
    }

    /** The same seed and group, further on. */
    public Draw skip(int streams) {
      return new Draw(seed, offset + streams, group);
    }

    /** A balanced sample of labels {@code [N,M]}; uses N streams. */
    public Tensor sample(Tensor labels, ModelSettings.Sampling sampling) {
      SampleBalanced op =
          new SampleBalanced(sampling.batch(), sampling.positiveFraction(), seed, offset);
      List<Tensor> inputs = group == null ? List.of(labels) : List.of(labels, group);
      return labels.device().dispatch(op, inputs).get(0);
    }
  }

  /** How the targets are made. */
  record Rule(ModelSettings.Rpn rpn, double boxOffset) {
    /**
     * Matches and samples anchors {@code [M,4]} for images of the given sizes (I32 {@code [N,2]}).
     * Anchors outside of the image take part in the matching; they are dropped from the labels.
     */
    RpnTargets targets(Tensor anchors, Tensor sizes, Targets truth, Draw draw) {
      Device d = sizes.device();
      int n = sizes.shape().dim(0);
      int m = anchors.shape().dim(0);
      Tensor shared = anchors.reshape(Shape.of(1, m, 4));
      Tensor all = d.filled(new Spec(Shape.of(n), DType.I32), m);
      ModelSettings.Matching overlap = rpn.matching();
      MatchBoxes match =
          new MatchBoxes(overlap.foreground(), overlap.background(), true, boxOffset);
      Tensor matched =
          d.dispatch(match, List.of(truth.boxes(), truth.counts(), shared, all)).get(0);
      AnchorsVisible visibility = new AnchorsVisible(rpn.anchors().straddle());
      Tensor visible = d.dispatch(visibility, List.of(anchors, sizes)).get(0);
      Tensor labels =
          d.dispatch(new AssignLabels(true), List.of(matched, truth.foreground(), visible)).get(0);
      Tensor sampled = draw.sample(labels, rpn.sampling());
      Tensor objects = d.dispatch(new BatchGather(), List.of(truth.boxes(), matched)).get(0);
      BoxEncode encode = new BoxEncode(ProposalSelector.WEIGHTS, boxOffset);
      Tensor deltas = d.dispatch(encode, List.of(shared, objects)).get(0);
      return new RpnTargets(matched, labels, sampled, deltas);
    }
  }
}

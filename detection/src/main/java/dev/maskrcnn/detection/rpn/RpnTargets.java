package dev.maskrcnn.detection.rpn;

import dev.maskrcnn.detection.model.ModelSettings;
import dev.maskrcnn.detection.model.Targets;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.AnchorsVisible;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.op.Movement.BatchGather;
import java.util.Arrays;
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

  /** Stream of random numbers for one step: a seed, and an offset that no other draw uses. */
  public record Draw(long seed, long offset) {}

  /**
   * Matches and samples anchors {@code [M,4]} for images of the given sizes (I32 {@code [N,2]}).
   * Anchors outside of the image take part in the matching; they are dropped from the labels.
   */
  public static RpnTargets of(
      ModelSettings settings, Tensor anchors, Tensor sizes, Targets truth, Draw draw) {
    ModelSettings.Rpn rpn = settings.rpn();
    double offset = settings.conventions().boxOffset();
    Device d = sizes.device();
    int n = sizes.shape().dim(0);
    int m = anchors.shape().dim(0);
    Tensor shared = anchors.reshape(Shape.of(1, m, 4));
    int[] all = new int[n];
    Arrays.fill(all, m);
    MatchBoxes match = new MatchBoxes(rpn.foreground(), rpn.background(), true, offset);
    Tensor matched =
        d.dispatch(match, List.of(truth.boxes(), truth.counts(), shared, d.of(Shape.of(n), all)))
            .get(0);
    AnchorsVisible visibility = new AnchorsVisible(rpn.straddle());
    Tensor visible = d.dispatch(visibility, List.of(anchors, sizes)).get(0);
    Tensor labels =
        d.dispatch(new AssignLabels(true), List.of(matched, truth.foreground(), visible)).get(0);
    SampleBalanced sample =
        new SampleBalanced(rpn.batch(), rpn.positiveFraction(), draw.seed(), draw.offset());
    Tensor sampled = d.dispatch(sample, List.of(labels)).get(0);
    Tensor objects = d.dispatch(new BatchGather(), List.of(truth.boxes(), matched)).get(0);
    BoxEncode encode = new BoxEncode(ProposalSelector.WEIGHTS, offset);
    Tensor deltas = d.dispatch(encode, List.of(shared, objects)).get(0);
    return new RpnTargets(matched, labels, sampled, deltas);
  }
}

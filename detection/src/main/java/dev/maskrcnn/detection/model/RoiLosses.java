package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.roi.RoiSampler;
import dev.maskrcnn.detection.rpn.RpnTargets;
import dev.maskrcnn.tensor.DType;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import java.util.List;

/** The five losses of Mask R-CNN; the total is their plain sum. */
final class RoiLosses {
  /** Threshold of the smooth L1 loss of the RPN. */
  private static final double RPN_BETA = 1.0 / 9;

  private RoiLosses() {}

  /** Mean BCE over the sampled anchors; logits {@code [N,M]}. */
  static Variable objectness(Variable logits, RpnTargets targets) {
    Tensor wanted = targets.sampled();
    DType type = logits.spec().dtype();
    Tensor labels = wanted.device().dispatch(new Cast(type), List.of(wanted)).get(0);
    return logits.binaryCrossEntropy(Variable.constant(labels));
  }

  /** Smooth L1 over positive anchors, divided by the number of sampled ones. */
  static Variable rpnBoxes(Variable deltas, RpnTargets targets) {
    int rows = Math.toIntExact(targets.sampled().shape().size());
    Shape flat = Shape.of(rows, 4);
    return deltas
        .reshape(flat)
        .smoothL1(
            Variable.constant(targets.deltas().reshape(flat)),
            Variable.constant(targets.sampled().reshape(Shape.of(rows))),
            RPN_BETA);
  }

  /** Cross-entropy over all sampled RoIs. */
  static Variable classifier(BoxHead.Output head, RoiSampler.Sample sample) {
    return head.logits().crossEntropy(Variable.constant(sample.labels()));
  }

  /** Smooth L1 of the deltas of the true class over positive RoIs, per sampled RoI. */
  static Variable boxes(BoxHead.Output head, RoiSampler.Sample sample, double beta) {
    Shape s = head.deltas().shape();
    Variable labels = Variable.constant(sample.labels());
    if (s.dim(1) != 4 * head.logits().shape().dim(1)) {
      // One box for all classes, behind that of the background.
      Variable one = head.deltas().slice(1, 4, 4);
      return one.smoothL1(Variable.constant(sample.deltas()), labels, beta);
    }
    Variable own =
        head.deltas()
            .reshape(Shape.of(s.dim(0), 1, s.dim(1)))
            .bind(
                new SelectClass(4),
                List.of(head.deltas().reshape(Shape.of(s.dim(0), 1, s.dim(1))), labels))
            .get(0)
            .reshape(Shape.of(s.dim(0), 4));
    return own.smoothL1(Variable.constant(sample.deltas()), labels, beta);
  }

  /**
   * Mean BCE over the mask of the true class: logits {@code [R,M,M,K]}, labels I32 {@code [R]},
   * targets {@code [R,M,M]} with −1 in the padding.
   */
  static Variable masks(Variable logits, Tensor labels, Tensor targets) {
    Shape s = logits.shape();
    int area = s.dim(1) * s.dim(2);
    Variable flat = logits.reshape(Shape.of(s.dim(0), area, s.dim(3)));
    Variable own = flat.bind(new SelectClass(1), List.of(flat, Variable.constant(labels))).get(0);
    return own.reshape(targets.shape()).binaryCrossEntropy(Variable.constant(targets));
  }
}

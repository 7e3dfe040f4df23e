package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/** The five losses of Mask R-CNN; the total is their plain sum. */
final class RoiLosses {
  private RoiLosses() {}

  /**
   * How the losses of the RPN are measured.
   *
   * @param beta threshold of the smooth L1 loss
   * @param budget anchors per image that sums are divided by; 0 for as many as were sampled
   */
  record RpnRule(double beta, int budget) {
    static RpnRule of(Conventions.LossRule losses, int batch) {
      return new RpnRule(losses.rpnBeta(), losses.rpnPerBudget() ? batch : 0);
    }

    /** A mean over the sampled anchors in terms of the divisor; sampled I32 {@code [N,M]}. */
    Variable divided(Variable mean, Tensor sampled) {
      if (budget == 0) {
        return mean;
      }
      Tensor labels = sampled.device().dispatch(new Cast(DType.F32), List.of(sampled)).get(0);
      Tensor left = labels.scale(-1).relu().sum();
      Spec scalar = left.spec();
      Tensor all = sampled.device().filled(scalar, (double) sampled.shape().size());
      double divisor = (double) budget * sampled.shape().dim(0);
      return mean.mul(Variable.constant(all.sub(left).scale(1 / divisor)));
    }
  }

  /** BCE over the sampled anchors; logits {@code [N,M]}. */
  static Variable objectness(Variable logits, RpnTargets targets, RpnRule rule) {
    Tensor wanted = targets.sampled();
    Tensor labels = wanted.device().dispatch(new Cast(DType.F32), List.of(wanted)).get(0);
    return rule.divided(logits.binaryCrossEntropy(Variable.constant(labels)), wanted);
  }

  /** Smooth L1 over positive anchors, divided by the number of sampled ones. */
  static Variable rpnBoxes(Variable deltas, RpnTargets targets, RpnRule rule) {
    int rows = Math.toIntExact(targets.sampled().shape().size());
    Shape flat = Shape.of(rows, 4);
    Variable wanted = Variable.constant(targets.deltas().reshape(flat));
    Variable labels = Variable.constant(targets.sampled().reshape(Shape.of(rows)));
    Variable mean = deltas.reshape(flat).smoothL1(wanted, labels, rule.beta());
    return rule.divided(mean, targets.sampled());
  }

  /** Cross-entropy over all sampled RoIs. */
  static Variable classifier(BoxHead.Output head, RoiSampler.Sample sample) {
    return head.logits().crossEntropy(Variable.constant(sample.labels()));
  }

  /** Smooth L1 of the deltas of the true class over positive RoIs, per sampled RoI. */
  static Variable boxes(BoxHead.Output head, RoiSampler.Sample sample, double beta) {
    Shape s = head.deltas().shape();
    Variable labels = Variable.constant(sample.labels());
    // One box for all classes stands behind that of the background.
    boolean agnostic = s.dim(1) != 4 * head.logits().shape().dim(1);
    Variable own =
        agnostic
            ? head.deltas().slice(1, 4, 4)
            : ofClass(head.deltas().reshape(Shape.of(s.dim(0), 1, s.dim(1))), labels, 4)
                .reshape(Shape.of(s.dim(0), 4));
    return own.smoothL1(Variable.constant(sample.deltas()), labels, beta);
  }

  /**
   * Mean BCE over the mask of the true class: logits {@code [R,M,M,K]}, labels I32 {@code [R]},
   * targets {@code [R,M,M]} with −1 in the padding.
   */
  static Variable masks(Variable logits, Tensor labels, Tensor targets) {
    Shape s = logits.shape();
    Variable flat = logits.reshape(Shape.of(s.dim(0), s.dim(1) * s.dim(2), s.dim(3)));
    Variable own = ofClass(flat, Variable.constant(labels), 1);
    return own.reshape(targets.shape()).binaryCrossEntropy(Variable.constant(targets));
  }

  private static Variable ofClass(Variable rows, Variable labels, int width) {
    return rows.bind(new SelectClass(width), List.of(rows, labels)).get(0);
  }
}

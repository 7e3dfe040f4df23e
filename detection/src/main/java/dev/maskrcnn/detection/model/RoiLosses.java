package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
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
    static RpnRule of(ModelSettings settings) {
      Conventions.LossRule losses = settings.conventions().losses();
      return new RpnRule(losses.rpnBeta(), losses.rpnPerBudget() ? settings.rpn().batch() : 0);
    }

    /** A mean over the sampled anchors in terms of the divisor; sampled I32 {@code [N,M]}. */
    Variable divided(Variable mean, Tensor sampled) {
      if (budget == 0) {
        return mean;
      }
      Tensor labels = sampled.device().dispatch(new Cast(DType.F32), List.of(sampled)).get(0);
      Tensor left = labels.scale(-1).relu().sum();
      Spec scalar = left.spec();
      Tensor all = sampled.device().filled(scalar, sampled.shape().size());
      double divisor = (double) budget * sampled.shape().dim(0);
      return mean.mul(Variable.constant(all.sub(left).scale(1 / divisor)));
    }
  }

  /** BCE over the sampled anchors; logits {@code [N,M]}. */
  static Variable objectness(Pass pass, Variable logits, RpnTargets targets, RpnRule rule) {
    Tensor wanted = targets.sampled();
    Tensor labels = wanted.device().dispatch(new Cast(DType.F32), List.of(wanted)).get(0);
    List<Variable> inputs = List.of(logits, Variable.constant(labels));
    return rule.divided(pass.bind(new BinaryCrossEntropy(), inputs).get(0), wanted);
  }

  /** Smooth L1 over positive anchors, divided by the number of sampled ones. */
  static Variable rpnBoxes(Pass pass, Variable deltas, RpnTargets targets, RpnRule rule) {
    int rows = Math.toIntExact(targets.sampled().shape().size());
    Shape flat = Shape.of(rows, 4);
    Variable wanted = Variable.constant(targets.deltas().reshape(flat));
    Variable labels = Variable.constant(targets.sampled().reshape(Shape.of(rows)));
    List<Variable> inputs = List.of(deltas.reshape(flat), wanted, labels);
    Variable mean = pass.bind(new SmoothL1(rule.beta()), inputs).get(0);
    return rule.divided(mean, targets.sampled());
  }

  /** Cross-entropy over all sampled RoIs. */
  static Variable classifier(Pass pass, BoxHead.Output head, RoiSampler.Sample sample) {
    List<Variable> inputs = List.of(head.logits(), Variable.constant(sample.labels()));
    return pass.bind(new SoftmaxCrossEntropy(), inputs).get(0);
  }

  /** Smooth L1 of the deltas of the true class over positive RoIs, per sampled RoI. */
  static Variable boxes(Pass pass, BoxHead.Output head, RoiSampler.Sample sample, double beta) {
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
    List<Variable> inputs = List.of(own, Variable.constant(sample.deltas()), labels);
    return pass.bind(new SmoothL1(beta), inputs).get(0);
  }

  /**
   * Mean BCE over the mask of the true class: logits {@code [R,M,M,K]}, labels I32 {@code [R]},
   * targets {@code [R,M,M]} with −1 in the padding.
   */
  static Variable masks(Pass pass, Variable logits, Tensor labels, Tensor targets) {
    Shape s = logits.shape();
    int area = s.dim(1) * s.dim(2);
    Variable flat = logits.reshape(Shape.of(s.dim(0), area, s.dim(3)));
    Variable own = flat.bind(new SelectClass(1), List.of(flat, Variable.constant(labels))).get(0);
    List<Variable> inputs = List.of(own.reshape(targets.shape()), Variable.constant(targets));
    return pass.bind(new BinaryCrossEntropy(), inputs).get(0);
  }
}

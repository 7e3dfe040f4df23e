package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.Conv2d;
import dev.maskrcnn.nn.ConvGeometry;
import dev.maskrcnn.nn.Initializer;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;

/** Objectness and box deltas per anchor, by one 3×3 and two 1×1 convolutions for all levels. */
final class RpnHead extends Module {
  private final Conv2d conv;
  private final Conv2d logits;
  private final Conv2d deltas;

  RpnHead(Scope scope, int channels, int anchors) {
    super(scope);
    Initializer init = Initializer.normal(0.01);
    conv = Conv2d.biased(scope.child("conv"), ConvGeometry.of(channels, channels, 3), init, true);
    logits =
        Conv2d.biased(
            scope.child("cls_logits"), ConvGeometry.of(channels, anchors, 1), init, false);
    deltas =
        Conv2d.biased(
            scope.child("bbox_pred"), ConvGeometry.of(channels, 4 * anchors, 1), init, false);
  }

  /** One level {@code [N,H,W,C]} → logits {@code [N,H·W·A]} and deltas {@code [N,H·W·A,4]}. */
  List<Variable> forward(Pass pass, Variable feature) {
    return callAll(
        () -> {
          Variable hidden = conv.forward(pass, feature);
          Variable l = logits.forward(pass, hidden);
          Variable d = deltas.forward(pass, hidden);
          int n = feature.shape().dim(0);
          int m = Math.toIntExact(l.shape().size(1, 4));
          return List.of(l.reshape(Shape.of(n, m)), d.reshape(Shape.of(n, m, 4)));
        });
  }
}

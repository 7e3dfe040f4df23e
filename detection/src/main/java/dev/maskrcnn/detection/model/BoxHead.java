package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.GroupNorm;
import dev.maskrcnn.nn.Initializer;
import dev.maskrcnn.nn.Linear;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import dev.maskrcnn.tensor.Shape;

/** Two fully connected layers, class scores, and box deltas per class. */
final class BoxHead extends Module {
  private final Hidden fc6;
  private final Hidden fc7;
  private final Linear scores;
  private final Linear deltas;

  /** What the head says of each RoI. */
  record Output(Variable features, Variable logits, Variable deltas) {}

  BoxHead(Scope scope, ModelSettings settings) {
    super(scope);
    ModelSettings.BoxHead box = settings.box();
    int p = box.pool().resolution();
    Scope extractor = scope.child("feature_extractor");
    fc6 =
        new Hidden(
            extractor.child("fc6"),
            Linear.Extent.flattened(p, p, settings.fpn().width(), box.width()),
            settings);
    fc7 = new Hidden(extractor.child("fc7"), Linear.Extent.of(box.width(), box.width()), settings);
    Scope predictor = scope.child("predictor");
    Linear.Extent toScores = Linear.Extent.of(box.width(), box.classes());
    Linear.Extent toDeltas = Linear.Extent.of(box.width(), 4 * box.classes());
    scores = Linear.biased(predictor.child("cls_score"), toScores, Initializer.normal(0.01), false);
    deltas =
        Linear.biased(predictor.child("bbox_pred"), toDeltas, Initializer.normal(0.001), false);
  }

  /** Pooled {@code [R,P,P,C]} → logits {@code [R,K]}, deltas {@code [R,4K]}. */
  Output forward(Pass pass, Variable pooled) {
    return call(
        () -> {
          Shape s = pooled.shape();
          Variable flat = pooled.reshape(Shape.of(s.dim(0), Math.toIntExact(s.size(1, 4))));
          Variable hidden = fc7.forward(pass, fc6.forward(pass, flat));
          return new Output(hidden, scores.forward(pass, hidden), deltas.forward(pass, hidden));
        },
        (o, escape) -> {
          escape.accept(o.features().value());
          escape.accept(o.logits().value());
          escape.accept(o.deltas().value());
        });
  }

  /** A fully connected layer with ReLU, by way of a group norm if the settings say so. */
  private static final class Hidden extends Module {
    private final Linear linear;
    private final GroupNorm norm;

    Hidden(Scope scope, Linear.Extent extent, ModelSettings settings) {
      super(scope);
      Initializer init = Initializer.kaimingUniform();
      if (settings.box().groupNorm()) {
        ModelSettings.GroupNorms gn = settings.body().norms();
        linear = Linear.plain(scope.child(0), extent, init, false);
        norm =
            new GroupNorm(
                scope.child(1), extent.out(), gn.groupsFor(extent.out()), gn.epsilon(), true);
      } else {
        linear = Linear.biased(scope, extent, init, true);
        norm = null;
      }
    }

    Variable forward(Pass pass, Variable x) {
      return call(
          () -> {
            Variable y = linear.forward(pass, x);
            return norm == null ? y : norm.forward(pass, y);
          });
    }
  }
}

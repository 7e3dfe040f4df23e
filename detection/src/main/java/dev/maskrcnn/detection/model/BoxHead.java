package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.model.ModelSettings.BoxFeatures;
import dev.maskrcnn.nn.Conv2d;
import dev.maskrcnn.nn.ConvGeometry;
import dev.maskrcnn.nn.ConvGroupNorm;
import dev.maskrcnn.nn.ConvLayer;
import dev.maskrcnn.nn.GlobalAveragePool;
import dev.maskrcnn.nn.GroupNorm;
import dev.maskrcnn.nn.Initializer;
import dev.maskrcnn.nn.Linear;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Features of each RoI by one of three kinds of layers, then class scores and box deltas: one for
 * each class, or one for all.
 */
final class BoxHead extends Module {
  private final FifthStage fifthStage;
  private final List<ConvLayer> convolutions = new ArrayList<>();
  private final List<Hidden> hidden = new ArrayList<>();
  private final GlobalAveragePool mean;
  private final Linear scores;
  private final Linear deltas;

  /**
   * What the head says of each RoI.
   *
   * @param features {@code [R,D]}, or the maps of the fifth stage {@code [R,P,P,D]}
   */
  record Output(Variable features, Variable logits, Variable deltas) {}

  BoxHead(Scope scope, ModelSettings settings) {
    super(scope);
    ModelSettings.BoxHead box = settings.box();
    Scope extractor = scope.child("feature_extractor");
    int width = box.width();
    if (box.features() == BoxFeatures.FIFTH_STAGE) {
      fifthStage = new FifthStage(extractor, settings);
      mean = new GlobalAveragePool(scope.child("avgpool"));
      width = fifthStage.width();
    } else {
      fifthStage = null;
      mean = null;
      fullyConnected(extractor, settings);
    }
    Scope predictor = scope.child("predictor");
    Linear.Extent toScores = Linear.Extent.of(width, box.classes());
    Linear.Extent toDeltas = Linear.Extent.of(width, 4 * box.boxes());
    scores = Linear.biased(predictor.child("cls_score"), toScores, Initializer.normal(0.01), false);
    deltas =
        Linear.biased(predictor.child("bbox_pred"), toDeltas, Initializer.normal(0.001), false);
  }

  private void fullyConnected(Scope extractor, ModelSettings settings) {
    ModelSettings.BoxHead box = settings.box();
    int p = box.pool().resolution();
    int in = settings.fpn().width();
    boolean convolutional = box.features() == BoxFeatures.CONVOLUTIONS;
    if (convolutional) {
      ModelSettings.Stack stack = box.convolutions();
      // The original numbers the parts of a sequence: convolution, norm if any, ReLU.
      int parts = box.groupNorm() ? 3 : 2;
      Scope row = extractor.child("xconvs");
      for (int i = 0; i < stack.count(); i++) {
        ConvGeometry g = ConvGeometry.of(in, stack.width(), 3).dilation(stack.dilation());
        convolutions.add(convolution(row, parts * i, g, settings));
        in = stack.width();
      }
    }
    Linear.Extent flat = Linear.Extent.flattened(p, p, in, box.width());
    // Behind convolutions fc6 has no norm, whatever the others have.
    ModelSettings.GroupNorms norms = box.groupNorm() ? settings.body().norms() : null;
    hidden.add(new Hidden(extractor.child("fc6"), flat, convolutional ? null : norms));
    if (!convolutional) {
      Linear.Extent square = Linear.Extent.of(box.width(), box.width());
      hidden.add(new Hidden(extractor.child("fc7"), square, norms));
    }
  }

  private static ConvLayer convolution(
      Scope row, int number, ConvGeometry geometry, ModelSettings settings) {
    Initializer init = Initializer.normal(0.01);
    if (!settings.box().groupNorm()) {
      return Conv2d.biased(row.child(number), geometry, init, true);
    }
    ModelSettings.GroupNorms gn = settings.body().norms();
    ConvGroupNorm.Site site =
        new ConvGroupNorm.Site(
            row.child(number), row.child(number + 1), gn.groupsFor(geometry.out()), gn.epsilon());
    return new ConvGroupNorm(site, geometry, init, true);
  }

  /** Pooled {@code [R,P,P,C]} → logits {@code [R,K]}, deltas {@code [R,4K]}. */
  Output forward(Pass pass, Variable pooled) {
    return call(
        () -> {
          Variable features = features(pass, pooled);
          Variable row = mean == null ? features : mean.forward(features);
          return new Output(features, scores.forward(pass, row), deltas.forward(pass, row));
        },
        (o, escape) -> {
          escape.accept(o.features().value());
          escape.accept(o.logits().value());
          escape.accept(o.deltas().value());
        });
  }

  /** The features alone, as {@link Output#features}. */
  Variable features(Pass pass, Variable pooled) {
    if (fifthStage != null) {
      return fifthStage.forward(pass, pooled);
    }
    Variable x = pooled;
    for (ConvLayer convolution : convolutions) {
      x = convolution.forward(pass, x);
    }
    Shape s = x.shape();
    x = x.reshape(Shape.of(s.dim(0), Math.toIntExact(s.size(1, 4))));
    for (Hidden layer : hidden) {
      x = layer.forward(pass, x);
    }
    return x;
  }

  /** A fully connected layer with ReLU, by way of a group norm if there is one. */
  private static final class Hidden extends Module {
    private final Linear linear;
    private final GroupNorm norm;

    Hidden(Scope scope, Linear.Extent extent, ModelSettings.GroupNorms gn) {
      super(scope);
      Initializer init = Initializer.kaimingUniform();
      if (gn != null) {
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

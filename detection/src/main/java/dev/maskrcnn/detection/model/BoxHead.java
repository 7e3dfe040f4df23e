package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.model.ModelSettings.ConvolutionsFirst;
import dev.maskrcnn.detection.model.ModelSettings.FifthStageFeatures;
import dev.maskrcnn.detection.model.ModelSettings.FullyConnected;
import dev.maskrcnn.nn.ConvGeometry;
import dev.maskrcnn.nn.ConvLayer;
import dev.maskrcnn.nn.GlobalAveragePool;
import dev.maskrcnn.nn.Initializer;
import dev.maskrcnn.nn.Linear;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Features of each RoI, then class scores and box deltas: one for each class, or one for all. */
final class BoxHead extends Module {
  private final Scope extractor;
  private final RoiFeatures features;
  private final GlobalAveragePool mean;
  private final Linear scores;
  private final Linear deltas;

  /**
   * What the head says of each RoI.
   *
   * @param features {@code [R,D]}, or the maps of the fifth stage {@code [R,P,P,D]}
   */
  record Output(Variable features, Variable logits, Variable deltas) {}

  /**
   * A head.
   *
   * @param channels of the maps that it pools from
   */
  BoxHead(Scope scope, ModelSettings.Box box, int channels) {
    super(scope);
    extractor = scope.child("feature_extractor");
    features = features(extractor, box, channels);
    mean = new GlobalAveragePool(scope.child("avgpool"));
    Scope predictor = scope.child("predictor");
    Linear.Extent toScores = Linear.Extent.of(features.width(), box.classes());
    Linear.Extent toDeltas = Linear.Extent.of(features.width(), 4 * box.boxes());
    scores = Linear.biased(predictor.child("cls_score"), toScores, Initializer.normal(0.01), false);
    deltas =
        Linear.biased(predictor.child("bbox_pred"), toDeltas, Initializer.normal(0.001), false);
  }

  private static RoiFeatures features(Scope scope, ModelSettings.Box box, int channels) {
    if (box.features() instanceof FifthStageFeatures stage) {
      return new RoiFeatures.Stage(new FifthStage(scope, stage, channels));
    }
    int p = box.pool().resolution();
    if (box.features() instanceof ConvolutionsFirst f) {
      RoiFeatures.Convolutions convolutions =
          convolutions(scope.child("xconvs"), f.convolutions(), channels);
      Linear.Extent flat = Linear.Extent.flattened(p, p, convolutions.width(), f.width());
      // Behind convolutions fc6 has no norm, whatever the others have.
      RoiFeatures.Hidden fc6 = new RoiFeatures.Hidden(scope.child("fc6"), flat, Optional.empty());
      return new RoiFeatures.FullyConnected(convolutions, List.of(fc6), f.width());
    }
    FullyConnected f = (FullyConnected) box.features();
    Linear.Extent flat = Linear.Extent.flattened(p, p, channels, f.width());
    Linear.Extent square = Linear.Extent.of(f.width(), f.width());
    List<RoiFeatures.Hidden> layers =
        List.of(
            new RoiFeatures.Hidden(scope.child("fc6"), flat, f.norms()),
            new RoiFeatures.Hidden(scope.child("fc7"), square, f.norms()));
    RoiFeatures.Convolutions none = new RoiFeatures.Convolutions(List.of(), channels);
    return new RoiFeatures.FullyConnected(none, layers, f.width());
  }

  /** The original numbers the parts of a sequence: convolution, norm if any, ReLU. */
  private static RoiFeatures.Convolutions convolutions(
      Scope row, ModelSettings.Convolutions settings, int channels) {
    List<ConvLayer> layers = new ArrayList<>();
    int parts = settings.norms().isPresent() ? 3 : 2;
    int in = channels;
    for (int width : settings.widths()) {
      int number = parts * layers.size();
      ConvGeometry g = ConvGeometry.of(in, width, 3).dilation(settings.dilation());
      layers.add(
          NormedConvs.biased(
              new NormedConvs.Names(row.child(number), row.child(number), row.child(number + 1)),
              g,
              Initializer.normal(0.01),
              settings.norms(),
              true));
      in = width;
    }
    return new RoiFeatures.Convolutions(layers, in);
  }

  /** Where the parameters of the features are. */
  Scope extractor() {
    return extractor;
  }

  /** What computes the features. */
  RoiFeatures features() {
    return features;
  }

  /** Pooled {@code [R,P,P,C]} → logits {@code [R,K]}, deltas {@code [R,4K]}. */
  Output forward(Pass pass, Variable pooled) {
    return call(
        () -> {
          Variable found = features.forward(pass, pooled);
          Variable row = found.shape().rank() == 4 ? mean.forward(found) : found;
          return new Output(found, scores.forward(pass, row), deltas.forward(pass, row));
        },
        (o, escape) -> {
          escape.accept(o.features().value());
          escape.accept(o.logits().value());
          escape.accept(o.deltas().value());
        });
  }
}

package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.model.ModelSettings.BoxHeadFeatures;
import dev.maskrcnn.detection.model.ModelSettings.FifthStageFeatures;
import dev.maskrcnn.nn.Conv2d;
import dev.maskrcnn.nn.ConvGeometry;
import dev.maskrcnn.nn.ConvLayer;
import dev.maskrcnn.nn.ConvTranspose2d;
import dev.maskrcnn.nn.Initializer;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import java.util.ArrayList;
import java.util.List;

/**
 * Features of each RoI, perhaps the box head's; then a transposed convolution that doubles the
 * size, and one mask per class.
 */
final class MaskHead extends Module {
  private static final Initializer INIT = Initializer.kaimingNormalFanOut();

  private final RoiFeatures features;
  private final ConvTranspose2d up;
  private final Conv2d logits;

  /**
   * A head.
   *
   * @param features its own, or the box head's
   */
  MaskHead(Scope scope, ModelSettings.Mask mask, RoiFeatures features, int classes) {
    super(scope);
    this.features = features;
    Scope predictor = scope.child("predictor");
    ConvGeometry doubling = ConvGeometry.of(features.width(), mask.width(), 2).stride(2).padding(0);
    up = new ConvTranspose2d(predictor.child("conv5_mask"), doubling, INIT, true);
    ConvGeometry last = ConvGeometry.of(mask.width(), classes, 1);
    logits = Conv2d.biased(predictor.child("mask_fcn_logits"), last, INIT, false);
  }

  /**
   * The features of a mask head.
   *
   * @param channels of the maps that it pools from
   * @param box the box head, whose features may be shared
   */
  static RoiFeatures features(Scope scope, ModelSettings.Mask mask, int channels, BoxHead box) {
    Scope extractor = scope.child("feature_extractor");
    if (mask.features() instanceof BoxHeadFeatures) {
      extractor.alias(box.extractor());
      return box.features();
    }
    if (mask.features() instanceof FifthStageFeatures stage) {
      return new RoiFeatures.Stage(new FifthStage(extractor, stage, channels));
    }
    ModelSettings.Convolutions settings = (ModelSettings.Convolutions) mask.features();
    List<ConvLayer> layers = new ArrayList<>();
    int in = channels;
    for (int width : settings.widths()) {
      Scope name = extractor.child("mask_fcn" + (layers.size() + 1));
      ConvGeometry g = ConvGeometry.of(in, width, 3).dilation(settings.dilation());
      layers.add(NormedConvs.biased(NormedConvs.Names.pair(name), g, INIT, settings.norms(), true));
      in = width;
    }
    return new RoiFeatures.Convolutions(layers, in);
  }

  /** Pooled {@code [R,P,P,C]} → mask logits {@code [R,M,M,K]}. */
  Variable forward(Pass pass, Variable pooled) {
    return call(() -> logits(pass, features.forward(pass, pooled)));
  }

  /** Mask logits from features that the box head has computed already. */
  Variable ofFeatures(Pass pass, Variable found) {
    return call(() -> logits(pass, found));
  }

  private Variable logits(Pass pass, Variable found) {
    return logits.forward(pass, up.forward(pass, found));
  }
}

package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
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
 * Features of each RoI, by convolutions or by the fifth stage of the ResNet, perhaps the box
 * head's; then a transposed convolution that doubles the size, and one mask per class.
 */
final class MaskHead extends Module {
  private final List<ConvLayer> convs = new ArrayList<>();
  private final FifthStage fifthStage;
  private final BoxHead box;
  private final ConvTranspose2d up;
  private final Conv2d logits;

  /**
   * @param box the box head, whose features are used where the settings share them
   * @param boxExtractor where its feature extractor is
   */
  MaskHead(Scope scope, ModelSettings settings, BoxHead box, Scope boxExtractor) {
    super(scope);
    ModelSettings.MaskHead mask = settings.mask();
    Scope extractor = scope.child("feature_extractor");
    int in = settings.fpn().width();
    if (mask.shared()) {
      extractor.alias(boxExtractor);
    }
    this.box = mask.shared() ? box : null;
    this.fifthStage =
        mask.fifthStage() && !mask.shared() ? new FifthStage(extractor, settings) : null;
    if (mask.fifthStage()) {
      in = settings.body().output(4);
    } else {
      in = convolutions(extractor, settings, in);
    }
    int width = mask.widths()[mask.widths().length - 1];
    Scope predictor = scope.child("predictor");
    Initializer init = Initializer.kaimingNormalFanOut();
    ConvGeometry doubling = ConvGeometry.of(in, width, 2).stride(2).padding(0);
    up = new ConvTranspose2d(predictor.child("conv5_mask"), doubling, init, true);
    ConvGeometry last = ConvGeometry.of(width, settings.box().classes(), 1);
    logits = Conv2d.biased(predictor.child("mask_fcn_logits"), last, init, false);
  }

  private int convolutions(Scope extractor, ModelSettings settings, int channels) {
    ModelSettings.MaskHead mask = settings.mask();
    ModelSettings.GroupNorms norms = mask.groupNorm() ? settings.body().norms() : null;
    Initializer init = Initializer.kaimingNormalFanOut();
    int in = channels;
    for (int i = 0; i < mask.widths().length; i++) {
      ConvGeometry g = ConvGeometry.of(in, mask.widths()[i], 3).dilation(mask.dilation());
      convs.add(NormedConvs.head(extractor.child("mask_fcn" + (i + 1)), g, init, norms, true));
      in = mask.widths()[i];
    }
    return in;
  }

  /** Pooled {@code [R,P,P,C]} → mask logits {@code [R,M,M,K]}. */
  Variable forward(Pass pass, Variable pooled) {
    return call(() -> logits(pass, features(pass, pooled)));
  }

  /** Mask logits from features that the box head has computed already. */
  Variable ofFeatures(Pass pass, Variable features) {
    return call(() -> logits(pass, features));
  }

  private Variable logits(Pass pass, Variable features) {
    return logits.forward(pass, up.forward(pass, features));
  }

  private Variable features(Pass pass, Variable pooled) {
    if (box != null) {
      return box.features(pass, pooled);
    }
    if (fifthStage != null) {
      return fifthStage.forward(pass, pooled);
    }
    Variable x = pooled;
    for (ConvLayer conv : convs) {
      x = conv.forward(pass, x);
    }
    return x;
  }
}

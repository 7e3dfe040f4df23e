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

/** Convolutions, a transposed convolution that doubles the size, and one mask per class. */
final class MaskHead extends Module {
  private final List<ConvLayer> convs = new ArrayList<>();
  private final ConvTranspose2d up;
  private final Conv2d logits;

  MaskHead(Scope scope, ModelSettings settings) {
    super(scope);
    ModelSettings.MaskHead mask = settings.mask();
    ModelSettings.GroupNorms norms = mask.groupNorm() ? settings.body().norms() : null;
    Initializer init = Initializer.kaimingNormalFanOut();
    Scope extractor = scope.child("feature_extractor");
    int in = settings.fpn().width();
    for (int i = 0; i < mask.widths().length; i++) {
      ConvGeometry g = ConvGeometry.of(in, mask.widths()[i], 3).dilation(mask.dilation());
      convs.add(NormedConvs.head(extractor.child("mask_fcn" + (i + 1)), g, init, norms, true));
      in = mask.widths()[i];
    }
    Scope predictor = scope.child("predictor");
    ConvGeometry doubling = ConvGeometry.of(in, in, 2).stride(2).padding(0);
    up = new ConvTranspose2d(predictor.child("conv5_mask"), doubling, init, true);
    ConvGeometry last = ConvGeometry.of(in, settings.box().classes(), 1);
    logits = Conv2d.biased(predictor.child("mask_fcn_logits"), last, init, false);
  }

  /** Pooled {@code [R,P,P,C]} → mask logits {@code [R,2P,2P,K]}. */
  Variable forward(Pass pass, Variable pooled) {
    return call(
        () -> {
          Variable x = pooled;
          for (ConvLayer conv : convs) {
            x = conv.forward(pass, x);
          }
          return logits.forward(pass, up.forward(pass, x));
        });
  }
}

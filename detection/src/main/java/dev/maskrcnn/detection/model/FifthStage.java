package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import java.util.List;

/**
 * The fifth stage of a ResNet as the head of a C4 body (He et al. 2016, Mask R-CNN's fig. 4 left):
 * three bottlenecks on pooled RoIs. It never is frozen.
 */
final class FifthStage extends Module {
  private static final int BLOCKS = 3;
  private static final int STAGE = 4;

  private final List<Bottleneck> blocks;
  private final int width;

  /**
   * The stage below {@code head.layer4} of a feature extractor.
   *
   * @param channels of the pooled RoIs
   */
  FifthStage(Scope extractor, ModelSettings.FifthStageFeatures settings, int channels) {
    super(extractor);
    ResNetSettings body = settings.body();
    width = body.output(STAGE);
    Bottleneck.Width widths = new Bottleneck.Width(channels, body.inner(STAGE), width);
    Bottleneck.Step step = new Bottleneck.Step(2, settings.dilation());
    Scope layer = extractor.child("head").child("layer4");
    blocks = Bottleneck.stage(layer, body, BLOCKS, widths, step);
  }

  /** Channels that it gives. */
  int width() {
    return width;
  }

  /**
   * {@code [R,P,P,C]} → {@code [R,P/2,P/2,width]}, or {@code [R,P,P,width]} where it is dilated.
   */
  Variable forward(Pass pass, Variable pooled) {
    return call(
        () -> {
          Variable x = pooled;
          for (Bottleneck block : blocks) {
            x = block.forward(pass, x);
          }
          return x;
        });
  }
}

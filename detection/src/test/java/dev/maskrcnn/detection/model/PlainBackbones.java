package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.nn.Conv2d;
import dev.maskrcnn.nn.ConvGeometry;
import dev.maskrcnn.nn.Initializer;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import java.util.List;

/** Two convolutions as a backbone of two maps, by a name in the configuration. */
public final class PlainBackbones implements BackboneProvider {
  @Override
  public List<String> names() {
    return List.of("Plain-FPN", "Plain");
  }

  @Override
  public Backbone.Factory factory(String name, Config config) {
    return scope -> new Plain(scope, config.integer("MODEL.RESNETS.STEM_OUT_CHANNELS"));
  }

  private static final class Plain extends Module implements Backbone {
    private final Conv2d first;
    private final Conv2d second;
    private final int width;

    Plain(Scope scope, int width) {
      super(scope);
      this.width = width;
      Initializer init = Initializer.kaimingUniform();
      first = Conv2d.biased(scope.child("a"), ConvGeometry.of(3, width, 5).stride(4), init, true);
      second =
          Conv2d.biased(
              scope.child("b"), ConvGeometry.of(width, 2 * width, 3).stride(2), init, true);
    }

    @Override
    public int[] widths() {
      return new int[] {width, 2 * width};
    }

    @Override
    public int[] strides() {
      return new int[] {4, 8};
    }

    @Override
    public List<Variable> forward(Pass pass, Variable images) {
      return callAll(
          () -> {
            Variable fine = first.forward(pass, images);
            return List.of(fine, second.forward(pass, fine));
          });
    }
  }
}

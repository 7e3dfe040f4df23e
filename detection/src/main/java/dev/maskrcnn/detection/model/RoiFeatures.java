package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.ConvLayer;
import dev.maskrcnn.nn.GroupNorm;
import dev.maskrcnn.nn.Initializer;
import dev.maskrcnn.nn.Linear;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import java.util.Optional;

/** What turns pooled RoIs into the features that a head works on. */
sealed interface RoiFeatures {
  /** Pooled {@code [R,P,P,C]} → {@code [R,width]} or {@code [R,Q,Q,width]}. */
  Variable forward(Pass pass, Variable pooled);

  /** Channels of the features. */
  int width();

  /** Convolutions in a row, perhaps none. */
  record Convolutions(List<ConvLayer> layers, int width) implements RoiFeatures {
    @Override
    public Variable forward(Pass pass, Variable pooled) {
      Variable x = pooled;
      for (ConvLayer layer : layers) {
        x = layer.forward(pass, x);
      }
      return x;
    }
  }

  /** Fully connected layers behind convolutions. */
  record FullyConnected(Convolutions convolutions, List<Hidden> layers, int width)
      implements RoiFeatures {
    @Override
    public Variable forward(Pass pass, Variable pooled) {
      Variable x = convolutions.forward(pass, pooled);
      Shape s = x.shape();
      x = x.reshape(Shape.of(s.dim(0), Math.toIntExact(s.size(1, 4))));
      for (Hidden layer : layers) {
        x = layer.forward(pass, x);
      }
      return x;
    }
  }

  /** The fifth stage of a ResNet. */
  record Stage(FifthStage stage) implements RoiFeatures {
    @Override
    public Variable forward(Pass pass, Variable pooled) {
      return stage.forward(pass, pooled);
    }

    @Override
    public int width() {
      return stage.width();
    }
  }

  /** A fully connected layer, a group norm if there is one, ReLU. */
  final class Hidden extends Module {
    private final Linear linear;
    private final Optional<GroupNorm> norm;

    Hidden(Scope scope, Linear.Extent extent, Optional<ModelSettings.GroupNorms> norms) {
      super(scope);
      Initializer init = Initializer.kaimingUniform();
      int out = extent.out();
      linear =
          norms.isPresent()
              ? Linear.plain(scope.child(0), extent, init, false)
              : Linear.biased(scope, extent, init, true);
      norm =
          norms.map(
              gn -> new GroupNorm(scope.child(1), out, gn.groupsFor(out), gn.epsilon(), true));
    }

    Variable forward(Pass pass, Variable x) {
      return call(
          () -> {
            Variable y = linear.forward(pass, x);
            return norm.isPresent() ? norm.get().forward(pass, y) : y;
          });
    }
  }
}

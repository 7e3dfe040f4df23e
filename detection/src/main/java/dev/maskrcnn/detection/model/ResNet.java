package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.ConvGeometry;
import dev.maskrcnn.nn.ConvLayer;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * ResNet (He et al. 2016): stem and stages of bottlenecks, four or, for a C4 body, three; gives the
 * outputs C2, C3, … of the stages.
 */
final class ResNet extends Module implements Backbone {
  private final ConvLayer stem;
  private final List<List<Bottleneck>> stages = new ArrayList<>();
  private final int[] widths;

  ResNet(Scope scope, ResNetSettings body) {
    super(scope);
    Scope root = scope.child("stem");
    stem =
        NormedConvs.body(
            body,
            root.child("conv1"),
            root.child("bn1"),
            ConvGeometry.of(3, body.widths().stem(), 7).stride(2),
            true);
    widths = new int[body.blocks().length];
    for (int s = 1; s <= widths.length; s++) {
      int in = s == 1 ? body.widths().stem() : body.output(s - 1);
      Bottleneck.Width width = new Bottleneck.Width(in, body.inner(s), body.output(s));
      Bottleneck.Step step = new Bottleneck.Step(s == 1 ? 1 : 2, 1);
      stages.add(
          Bottleneck.stage(scope.child("layer" + s), body, body.blocks()[s - 1], width, step));
      widths[s - 1] = body.output(s);
    }
    freeze(scope, body.freezeAt());
  }

  /** Stage 0 is the stem, stage s ≥ 1 is {@code layer<s>}. */
  private static void freeze(Scope scope, int stages) {
    for (int s = 0; s < stages; s++) {
      scope.state().freeze(scope.path() + (s == 0 ? ".stem" : ".layer" + s));
    }
  }

  @Override
  public int[] widths() {
    return widths.clone();
  }

  /** 4, 8, …. */
  @Override
  public int[] strides() {
    int[] strides = new int[widths.length];
    Arrays.setAll(strides, s -> 4 << s);
    return strides;
  }

  @Override
  public List<Variable> forward(Pass pass, Variable images) {
    return callAll(
        () -> {
          Variable x = stem(pass, images);
          List<Variable> outputs = new ArrayList<>();
          for (List<Bottleneck> stage : stages) {
            for (Bottleneck block : stage) {
              x = block.forward(pass, x);
            }
            outputs.add(x);
          }
          return outputs;
        });
  }

  private Variable stem(Pass pass, Variable images) {
    return call(() -> stem.forward(pass, images).maxPool2d(3, 2, 1));
  }
}

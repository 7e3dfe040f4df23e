package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.ConvGeometry;
import dev.maskrcnn.nn.ConvLayer;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import java.util.ArrayList;
import java.util.List;

/** The body: stem and four stages of bottlenecks; gives the outputs C2–C5 of the stages. */
final class ResNet extends Module {
  private final ConvLayer stem;
  private final List<List<Bottleneck>> stages = new ArrayList<>();
  private final int[] widths = new int[4];

  ResNet(Scope scope, ModelSettings settings) {
    super(scope);
    ModelSettings.Body body = settings.body();
    Scope root = scope.child("stem");
    stem =
        NormedConvs.body(
            settings,
            root.child("conv1"),
            root.child("bn1"),
            ConvGeometry.of(3, body.stemWidth(), 7).stride(2),
            true);
    int in = body.stemWidth();
    for (int s = 0; s < 4; s++) {
      int inner = body.groups() * body.widthPerGroup() << s;
      int out = body.firstOutput() << s;
      Scope stage = scope.child("layer" + (s + 1));
      List<Bottleneck> blocks = new ArrayList<>();
      for (int b = 0; b < body.blocks()[s]; b++) {
        Bottleneck.Width width = new Bottleneck.Width(in, inner, out);
        blocks.add(new Bottleneck(stage.child(b), settings, width, b == 0 && s > 0 ? 2 : 1));
        in = out;
      }
      stages.add(blocks);
      widths[s] = out;
    }
    freeze(scope, body.freezeAt());
  }

  /** Stage 0 is the stem, stage s ≥ 1 is {@code layer<s>}. */
  private static void freeze(Scope scope, int stages) {
    for (int s = 0; s < stages; s++) {
      scope.state().freeze(scope.path() + (s == 0 ? ".stem" : ".layer" + s));
    }
  }

  /** Channels of C2–C5. */
  int[] widths() {
    return widths.clone();
  }

  /** {@code [N,H,W,3]} → C2–C5 with strides 4 to 32. */
  List<Variable> forward(Pass pass, Variable images) {
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

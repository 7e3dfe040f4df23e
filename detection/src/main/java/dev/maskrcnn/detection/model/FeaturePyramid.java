package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.ConvGeometry;
import dev.maskrcnn.nn.ConvLayer;
import dev.maskrcnn.nn.Initializer;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.LinkedList;
import java.util.List;

/**
 * Feature pyramid network (Lin et al. 2017): lateral 1×1 convolutions, a top-down path of nearest
 * doublings, 3×3 output convolutions; P6 is every second pixel of P5.
 */
final class FeaturePyramid extends Module {
  private final List<ConvLayer> inner = new ArrayList<>();
  private final List<ConvLayer> outer = new ArrayList<>();
  private final boolean fused;

  FeaturePyramid(Scope scope, ModelSettings.Pyramid settings, int[] widths) {
    super(scope);
    fused = settings.norms().isEmpty() && !settings.relu();
    for (int l = 0; l < widths.length; l++) {
      ConvGeometry lateral = ConvGeometry.of(widths[l], settings.width(), 1);
      ConvGeometry output = ConvGeometry.of(settings.width(), settings.width(), 3);
      String number = Integer.toString(l + 1);
      inner.add(layer(scope.child("fpn_inner" + number), lateral, settings));
      outer.add(layer(scope.child("fpn_layer" + number), output, settings));
    }
  }

  private static ConvLayer layer(
      Scope name, ConvGeometry geometry, ModelSettings.Pyramid settings) {
    return NormedConvs.biased(
        NormedConvs.Names.pair(name),
        geometry,
        Initializer.kaimingUniform(),
        settings.norms(),
        settings.relu());
  }

  /** C2–C5 → P2–P6. */
  List<Variable> forward(Pass pass, List<Variable> stages) {
    return callAll(
        () -> {
          LinkedList<Variable> pyramid = new LinkedList<>();
          Variable top = null;
          for (int l = stages.size() - 1; l >= 0; l--) {
            top = lateral(pass, l, stages.get(l), top);
            pyramid.addFirst(outer.get(l).forward(pass, top));
          }
          pyramid.addLast(pyramid.getLast().maxPool2d(1, 2, 0));
          return pyramid;
        });
  }

  private Variable lateral(Pass pass, int level, Variable stage, Variable top) {
    if (top == null) {
      return inner.get(level).forward(pass, stage);
    }
    Shape s = stage.shape();
    Variable above = top.upsampleNearest(s.dim(1), s.dim(2));
    return fused
        ? inner.get(level).forward(pass, stage, above)
        : inner.get(level).forward(pass, stage).add(above);
  }
}

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

  FeaturePyramid(Scope scope, ModelSettings settings, int[] widths) {
    super(scope);
    ModelSettings.Fpn fpn = settings.fpn();
    ModelSettings.GroupNorms norms = fpn.groupNorm() ? settings.body().norms() : null;
    fused = norms == null && !fpn.relu();
    Initializer init = Initializer.kaimingUniform();
    for (int l = 0; l < widths.length; l++) {
      ConvGeometry lateral = ConvGeometry.of(widths[l], fpn.width(), 1);
      ConvGeometry output = ConvGeometry.of(fpn.width(), fpn.width(), 3);
      String number = Integer.toString(l + 1);
      inner.add(
          NormedConvs.head(scope.child("fpn_inner" + number), lateral, init, norms, fpn.relu()));
      outer.add(
          NormedConvs.head(scope.child("fpn_layer" + number), output, init, norms, fpn.relu()));
    }
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

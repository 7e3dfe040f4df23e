package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.ConvGeometry;
import dev.maskrcnn.nn.ConvLayer;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import java.util.ArrayList;
import java.util.List;

/**
 * A residual block (He et al. 2016): 1×1, 3×3, 1×1 convolutions with norms, added to the input or
 * its projection, then ReLU. The stride is in the first convolution (MSRA weights) or the second.
 */
final class Bottleneck extends Module {
  private final ConvLayer projection;
  private final ConvLayer conv1;
  private final ConvLayer conv2;
  private final ConvLayer conv3;

  /** Channels of a block. */
  record Width(int in, int inner, int out) {}

  /** Stride and dilation of a block; a dilated one keeps its stride at 1. */
  record Step(int stride, int dilation) {
    Step {
      stride = dilation > 1 ? 1 : stride;
    }
  }

  /** A stage: its first block changes width and stride, the others keep both. */
  static List<Bottleneck> stage(
      Scope scope, ResNetSettings body, int blocks, Width width, Step first) {
    List<Bottleneck> stage = new ArrayList<>();
    Width inside = new Width(width.out, width.inner, width.out);
    Step next = new Step(1, first.dilation);
    for (int b = 0; b < blocks; b++) {
      stage.add(
          new Bottleneck(scope.child(b), body, b == 0 ? width : inside, b == 0 ? first : next));
    }
    return stage;
  }

  private Bottleneck(Scope scope, ResNetSettings body, Width width, Step step) {
    super(scope);
    int first = body.strideIn1x1() ? step.stride : 1;
    int second = body.strideIn1x1() ? 1 : step.stride;
    projection =
        width.in() == width.out()
            ? null
            : NormedConvs.body(
                body,
                scope.child("downsample.0"),
                scope.child("downsample.1"),
                ConvGeometry.of(width.in(), width.out(), 1).stride(step.stride),
                false);
    conv1 = layer(scope, body, 1, ConvGeometry.of(width.in(), width.inner(), 1).stride(first));
    ConvGeometry middle =
        ConvGeometry.of(width.inner(), width.inner(), 3)
            .dilation(step.dilation)
            .stride(second)
            .groups(body.widths().groups());
    conv2 = layer(scope, body, 2, middle);
    conv3 = layer(scope, body, 3, ConvGeometry.of(width.inner(), width.out(), 1));
  }

  private static ConvLayer layer(
      Scope scope, ResNetSettings body, int number, ConvGeometry geometry) {
    return NormedConvs.body(
        body, scope.child("conv" + number), scope.child("bn" + number), geometry, true);
  }

  Variable forward(Pass pass, Variable x) {
    return call(
        () -> {
          Variable shortcut = projection == null ? x : projection.forward(pass, x);
          Variable y = conv2.forward(pass, conv1.forward(pass, x));
          return conv3.forward(pass, y, shortcut);
        });
  }
}

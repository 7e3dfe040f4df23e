package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.ConvGeometry;
import dev.maskrcnn.nn.ConvLayer;
import dev.maskrcnn.nn.Module;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;

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

  Bottleneck(Scope scope, ModelSettings settings, Width width, int stride) {
    super(scope);
    ModelSettings.Body body = settings.body();
    int first = body.strideIn1x1() ? stride : 1;
    int second = body.strideIn1x1() ? 1 : stride;
    projection =
        width.in() == width.out()
            ? null
            : NormedConvs.body(
                settings,
                scope.child("downsample.0"),
                scope.child("downsample.1"),
                ConvGeometry.of(width.in(), width.out(), 1).stride(stride),
                false);
    conv1 = layer(scope, settings, 1, ConvGeometry.of(width.in(), width.inner(), 1).stride(first));
    conv2 =
        layer(
            scope,
            settings,
            2,
            ConvGeometry.of(width.inner(), width.inner(), 3).stride(second).groups(body.groups()));
    conv3 = layer(scope, settings, 3, ConvGeometry.of(width.inner(), width.out(), 1));
  }

  private static ConvLayer layer(
      Scope scope, ModelSettings settings, int number, ConvGeometry geometry) {
    return NormedConvs.body(
        settings, scope.child("conv" + number), scope.child("bn" + number), geometry, true);
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

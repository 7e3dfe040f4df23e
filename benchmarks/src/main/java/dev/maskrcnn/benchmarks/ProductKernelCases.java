package dev.maskrcnn.benchmarks;

import dev.maskrcnn.benchmarks.KernelCase.Call;
import dev.maskrcnn.benchmarks.KernelCase.Collector;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardData;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;

/** Cases of convolutions and matrix products: one large layer of each kind. */
final class ProductKernelCases {
  private static final Window SAME = Window.of(1, 1);

  private ProductKernelCases() {}

  static void collect(Collector to) {
    to.add(
        "convolution 3x3, P2",
        Conv2d.class,
        (o, s, n) ->
            Call.of(new Conv2d(SAME, Epilogue.NONE), map(o, s, n), kernel(o, s))
                .computing(work(s, n)));
    to.add(
        "convolution 3x3, gradient of data",
        Conv2dBackwardData.class,
        (o, s, n) ->
            Call.of(
                    new Conv2dBackwardData(SAME, s.rows(0), s.columns(0)),
                    map(o, s, n),
                    kernel(o, s))
                .computing(work(s, n)));
    to.add(
        "convolution 3x3, gradient of weights",
        Conv2dBackwardWeights.class,
        (o, s, n) ->
            Call.of(new Conv2dBackwardWeights(SAME, 3, 3, true), map(o, s, n), map(o, s, n))
                .computing(work(s, n)));
    to.add("transposed convolution, 128 rois", ConvTranspose2d.class, ProductKernelCases::upper);
    to.add("fc6, 512 rois", MatMul.class, ProductKernelCases::firstLayer);
  }

  private static Tensor map(Operands o, ModelSize s, int images) {
    return o.normal(s.level(images, 0));
  }

  private static Tensor kernel(Operands o, ModelSize s) {
    return o.normal(s.channels(), 3, 3, s.channels());
  }

  private static double work(ModelSize s, int images) {
    return 2.0 * images * s.rows(0) * s.columns(0) * s.channels() * 9 * s.channels();
  }

  private static Call upper(Operands o, ModelSize s, int images) {
    int c = s.channels();
    int rois = images * s.masks();
    return Call.of(
            new ConvTranspose2d(2, new Epilogue(true, false, true)),
            o.normal(rois, 14, 14, c),
            o.normal(c, 2, 2, c),
            o.normal(c))
        .computing(2.0 * rois * 28 * 28 * c * c);
  }

  private static Call firstLayer(Operands o, ModelSize s, int images) {
    int rois = images * s.sampled();
    int in = 49 * s.channels();
    int out = 4 * s.channels();
    return Call.of(
            new MatMul(false, true, true, true),
            o.normal(rois, in),
            o.normal(out, in),
            o.normal(out))
        .computing(2.0 * rois * in * out);
  }
}

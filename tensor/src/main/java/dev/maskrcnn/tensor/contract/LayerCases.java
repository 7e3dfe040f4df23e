package dev.maskrcnn.tensor.contract;

import static dev.maskrcnn.tensor.contract.Workload.of;

import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardData;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;

/**
 * The layers of Mask R-CNN with R-50-FPN, three passes of each, to measure; the stride is on the
 * 3×3 convolution, and layers of equal size appear once. A weight does not change between runs, so
 * forms of it that a kernel keeps are made once, as in inference.
 */
final class LayerCases {
  private static final Epilogue BIAS = new Epilogue(true, false, false);
  private static final Epilogue RELU = new Epilogue(true, false, true);
  private static final Epilogue RESIDUAL = new Epilogue(true, true, true);

  private LayerCases() {}

  static void benchmarks(CaseList list) {
    convolution(list, "fpn-3x3-p2", new Layer(4, 256, 256, 3, 1, BIAS));
    convolution(list, "fpn-3x3-p3", new Layer(8, 256, 256, 3, 1, BIAS));
    convolution(list, "fpn-3x3-p4", new Layer(16, 256, 256, 3, 1, BIAS));
    convolution(list, "fpn-3x3-p5", new Layer(32, 256, 256, 3, 1, BIAS));
    convolution(list, "fpn-inner-p2", new Layer(4, 256, 256, 1, 1, BIAS));
    convolution(list, "fpn-inner-p5", new Layer(32, 2048, 256, 1, 1, BIAS));
    convolution(list, "rpn-deltas-p2", new Layer(4, 256, 12, 1, 1, BIAS));
    convolution(list, "stem-7x7-s2", new Layer(1, 3, 64, 7, 2, RELU));
    convolution(list, "res2-1x1-256-64", new Layer(4, 256, 64, 1, 1, RELU));
    convolution(list, "res2-1x1-64-256", new Layer(4, 64, 256, 1, 1, RESIDUAL));
    convolution(list, "res2-3x3-64", new Layer(4, 64, 64, 3, 1, RELU));
    convolution(list, "res3-3x3-s2-128", new Layer(4, 128, 128, 3, 2, RELU));
    convolution(list, "res3-shortcut-s2", new Layer(4, 256, 512, 1, 2, RELU));
    convolution(list, "res3-1x1-512-128", new Layer(8, 512, 128, 1, 1, RELU));
    convolution(list, "res3-1x1-128-512", new Layer(8, 128, 512, 1, 1, RESIDUAL));
    convolution(list, "res3-3x3-128", new Layer(8, 128, 128, 3, 1, RELU));
    convolution(list, "res4-3x3-s2-256", new Layer(8, 256, 256, 3, 2, RELU));
    convolution(list, "res4-shortcut-s2", new Layer(8, 512, 1024, 1, 2, RELU));
    convolution(list, "res4-1x1-1024-256", new Layer(16, 1024, 256, 1, 1, RELU));
    convolution(list, "res4-1x1-256-1024", new Layer(16, 256, 1024, 1, 1, RESIDUAL));
    convolution(list, "res4-3x3-256", new Layer(16, 256, 256, 3, 1, RELU));
    convolution(list, "res5-3x3-s2-512", new Layer(16, 512, 512, 3, 2, RELU));
    convolution(list, "res5-shortcut-s2", new Layer(16, 1024, 2048, 1, 2, RELU));
    convolution(list, "res5-1x1-2048-512", new Layer(32, 2048, 512, 1, 1, RELU));
    convolution(list, "res5-1x1-512-2048", new Layer(32, 512, 2048, 1, 1, RESIDUAL));
    convolution(list, "res5-3x3-512", new Layer(32, 512, 512, 3, 1, RELU));
    convolution(list, "mask-3x3", new Layer(0, 256, 256, 3, 1, RELU));
    transposed(list);
    connected(list, "fc6", 49 * 256, 1024, true);
    connected(list, "fc7", 1024, 1024, true);
    connected(list, "class-scores", 1024, ModelSize.CLASSES, false);
    connected(list, "box-deltas", 1024, 4 * ModelSize.CLASSES, false);
  }

  /**
   * A convolution.
   *
   * @param stride of its input in the padded image, 0 for the 14×14 maps of the mask head
   * @param in channels at the model's full size
   * @param out channels at the model's full size
   */
  private record Layer(int stride, int in, int out, int side, int step, Epilogue epilogue) {
    Window window() {
      return Window.of(step, side / 2);
    }

    int[] x(ModelInputs m) {
      int c = scaled(m, in);
      return stride == 0
          ? new int[] {m.images * m.size.masks(), 14, 14, c}
          : new int[] {m.images, m.size.height() / stride, m.size.width() / stride, c};
    }

    Input y(ModelInputs m) {
      int[] x = x(m);
      int height = window().output(x[1], side);
      return m.map(x[0], height, window().output(x[2], side), scaled(m, out));
    }

    Input weight(ModelInputs m) {
      return m.map(scaled(m, out), side, side, scaled(m, in));
    }

    Workload forward(ModelInputs m) {
      Conv2d op = new Conv2d(window(), epilogue);
      Input bias = m.map(scaled(m, out));
      return epilogue.residual()
          ? of(op, m.map(x(m)), weight(m), bias, y(m))
          : of(op, m.map(x(m)), weight(m), bias);
    }
  }

  /** Channels in proportion to the pyramid's, but for those that belong to images and classes. */
  private static int scaled(ModelInputs m, int channels) {
    return channels % 64 == 0 ? channels * m.size.channels() / 256 : channels;
  }

  /** The largest layer of the pyramid stands for the others in a short table. */
  private static void convolution(CaseList list, String name, Layer l) {
    boolean first = name.equals("fpn-3x3-p2");
    list.bench(name, !first, l::forward);
    list.bench(
        name,
        !first,
        m -> of(new Conv2dBackwardData(l.window(), l.x(m)[1], l.x(m)[2]), l.y(m), l.weight(m)));
    boolean learns = l.stride == 0 || !l.epilogue.relu(); // the bias, if no frozen norm made it
    Conv2dBackwardWeights weights = new Conv2dBackwardWeights(l.window(), l.side, l.side, learns);
    list.bench(name, !first, m -> of(weights, m.map(l.x(m)), l.y(m)));
  }

  /**
   * The 2×2 layer of the mask head; its gradients are passes of the convolution that it mirrors.
   */
  private static void transposed(CaseList list) {
    Window window = Window.of(2, 0);
    list.bench(
        "mask-2x2",
        m -> of(new ConvTranspose2d(2, RELU), rois(m, 14), tap(m), m.map(m.size.channels())));
    list.layer("mask-2x2", m -> of(new Conv2d(window, Epilogue.NONE), rois(m, 28), tap(m)));
    Conv2dBackwardWeights weights = new Conv2dBackwardWeights(window, 2, 2, false);
    list.layer("mask-2x2", m -> of(weights, rois(m, 28), rois(m, 14)));
  }

  private static Input rois(ModelInputs m, int side) {
    return m.map(m.images * m.size.masks(), side, side, m.size.channels());
  }

  private static Input tap(ModelInputs m) {
    return m.map(m.size.channels(), 2, 2, m.size.channels());
  }

  /** A layer of the box head on the RoIs that are sampled in training. */
  private static void connected(CaseList list, String name, int in, int out, boolean relu) {
    boolean first = name.equals("fc6");
    MatMul forward = new MatMul(false, true, true, relu);
    list.bench(
        name, !first, m -> of(forward, rows(m, in), weight(m, in, out), m.map(scaled(m, out))));
    MatMul data = new MatMul(false, false, false, false);
    list.layer(name + "-data", m -> of(data, rows(m, out), weight(m, in, out)));
    MatMul weights = new MatMul(true, false, false, false);
    list.layer(name + "-weights", m -> of(weights, rows(m, out), rows(m, in)));
  }

  private static Input rows(ModelInputs m, int columns) {
    return m.map(m.images * m.size.sampled(), scaled(m, columns));
  }

  private static Input weight(ModelInputs m, int in, int out) {
    return m.map(scaled(m, out), scaled(m, in));
  }
}

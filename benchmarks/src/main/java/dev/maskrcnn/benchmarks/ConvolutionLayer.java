package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.Shape;

/**
 * The convolutions of Mask R-CNN R-50-FPN on one image of 800×1344, the stride on the 3×3
 * convolution; the mask head on 128 RoIs. Layers of equal size appear once. Shapes are NHWC.
 */
public enum ConvolutionLayer {
  STEM_7X7_S2(image(800, 1344, 3), 64, new Kernel(7, 2), Follow.NORM),
  RES2_1X1_256_64(image(200, 336, 256), 64, new Kernel(1, 1), Follow.NORM),
  RES2_1X1_64_256(image(200, 336, 64), 256, new Kernel(1, 1), Follow.NORM_RESIDUAL),
  RES2_3X3_64(image(200, 336, 64), 64, new Kernel(3, 1), Follow.NORM),
  RES3_3X3_S2_128(image(200, 336, 128), 128, new Kernel(3, 2), Follow.NORM),
  RES3_SHORTCUT_S2(image(200, 336, 256), 512, new Kernel(1, 2), Follow.NORM),
  RES3_1X1_512_128(image(100, 168, 512), 128, new Kernel(1, 1), Follow.NORM),
  RES3_1X1_128_512(image(100, 168, 128), 512, new Kernel(1, 1), Follow.NORM_RESIDUAL),
  RES3_3X3_128(image(100, 168, 128), 128, new Kernel(3, 1), Follow.NORM),
  RES4_3X3_S2_256(image(100, 168, 256), 256, new Kernel(3, 2), Follow.NORM),
  RES4_SHORTCUT_S2(image(100, 168, 512), 1024, new Kernel(1, 2), Follow.NORM),
  RES4_1X1_1024_256(image(50, 84, 1024), 256, new Kernel(1, 1), Follow.NORM),
  RES4_1X1_256_1024(image(50, 84, 256), 1024, new Kernel(1, 1), Follow.NORM_RESIDUAL),
  RES4_3X3_256(image(50, 84, 256), 256, new Kernel(3, 1), Follow.NORM),
  RES5_3X3_S2_512(image(50, 84, 512), 512, new Kernel(3, 2), Follow.NORM),
  RES5_SHORTCUT_S2(image(50, 84, 1024), 2048, new Kernel(1, 2), Follow.NORM),
  RES5_1X1_2048_512(image(25, 42, 2048), 512, new Kernel(1, 1), Follow.NORM),
  RES5_1X1_512_2048(image(25, 42, 512), 2048, new Kernel(1, 1), Follow.NORM_RESIDUAL),
  RES5_3X3_512(image(25, 42, 512), 512, new Kernel(3, 1), Follow.NORM),
  FPN_INNER_P2(image(200, 336, 256), 256, new Kernel(1, 1), Follow.BIAS),
  FPN_INNER_P5(image(25, 42, 2048), 256, new Kernel(1, 1), Follow.BIAS),
  FPN_3X3_P2(image(200, 336, 256), 256, new Kernel(3, 1), Follow.BIAS),
  FPN_3X3_P3(image(100, 168, 256), 256, new Kernel(3, 1), Follow.BIAS),
  FPN_3X3_P4(image(50, 84, 256), 256, new Kernel(3, 1), Follow.BIAS),
  FPN_3X3_P5(image(25, 42, 256), 256, new Kernel(3, 1), Follow.BIAS),
  RPN_DELTAS_P2(image(200, 336, 256), 12, new Kernel(1, 1), Follow.BIAS),
  MASK_3X3(Shape.of(128, 14, 14, 256), 256, new Kernel(3, 1), Follow.BIAS_RELU),
  MASK_LOGITS(Shape.of(128, 28, 28, 256), 81, new Kernel(1, 1), Follow.BIAS);

  /** A square kernel with "same" padding. */
  private record Kernel(int side, int stride) {}

  /** What follows the convolution in the same call. */
  private enum Follow {
    /** A folded frozen norm and ReLU; the folded bias has no gradient. */
    NORM(new Epilogue(true, false, true), false),
    /** The last convolution of a bottleneck. */
    NORM_RESIDUAL(new Epilogue(true, true, true), false),
    BIAS(new Epilogue(true, false, false), true),
    BIAS_RELU(new Epilogue(true, false, true), true);

    private final Epilogue epilogue;
    private final boolean learns;

    Follow(Epilogue epilogue, boolean learns) {
      this.epilogue = epilogue;
      this.learns = learns;
    }
  }

  private final Shape input;
  private final int outputs;
  private final Kernel kernel;
  private final Follow follow;

  ConvolutionLayer(Shape input, int outputs, Kernel kernel, Follow follow) {
    this.input = input;
    this.outputs = outputs;
    this.kernel = kernel;
    this.follow = follow;
  }

  private static Shape image(int height, int width, int channels) {
    return Shape.of(1, height, width, channels);
  }

  Shape input() {
    return input;
  }

  Shape weight() {
    return Shape.of(outputs, kernel.side, kernel.side, input.dim(3));
  }

  Shape output() {
    int height = window().output(input.dim(1), kernel.side);
    int width = window().output(input.dim(2), kernel.side);
    return Shape.of(input.dim(0), height, width, outputs);
  }

  Window window() {
    return Window.of(kernel.stride, kernel.side / 2);
  }

  Epilogue epilogue() {
    return follow.epilogue;
  }

  /** Whether training needs the gradient of the bias. */
  boolean biasLearns() {
    return follow.learns;
  }

  /** 10⁹ floating-point operations of one pass, a multiply-add counting two. */
  double gflop() {
    return 2e-9 * output().size() * kernel.side * kernel.side * input.dim(3);
  }
}

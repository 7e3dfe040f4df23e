package dev.maskrcnn.tensor.contract;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardData;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.LinearAlgebra.SumRows;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SmoothL1Backward;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.GroupNormBackward;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.ScaleRows;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2d;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2dBackward;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearest;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearestBackward;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;

/** Layers and losses of golden 16, forward and backward, as torch computed them. */
final class LayerGoldens {
  private static final double TOLERANCE = 1e-4; // of layers, by case.json
  private static final double LOSS = 1e-5; // of everything else
  private static final Operand ONE = Operand.f32(Shape.of(), 1);

  private final Golden golden;
  private final Bench bench;

  LayerGoldens(Golden golden, Bench bench) {
    this.golden = golden;
    this.bench = bench;
  }

  List<DynamicTest> tests() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode layer : golden.json("layers")) {
      String name = layer.get("name").asText();
      String at = "layer/" + name + "/";
      if (name.startsWith("conv")) {
        tests.add(DynamicTest.dynamicTest(name, () -> convolution(layer, at)));
      } else if (name.startsWith("group_norm")) {
        tests.add(DynamicTest.dynamicTest(name, () -> groupNorm(layer, at)));
      } else if (name.startsWith("maxpool")) {
        tests.add(DynamicTest.dynamicTest(name, () -> maxPool(layer, at)));
      }
    }
    tests.add(DynamicTest.dynamicTest("deconv2_s2", () -> transposed("layer/deconv2_s2/")));
    tests.add(DynamicTest.dynamicTest("nearest_x2", () -> nearest("layer/nearest_x2/")));
    tests.add(DynamicTest.dynamicTest("frozen_bn", () -> frozenNorm("layer/frozen_bn/")));
    tests.add(DynamicTest.dynamicTest("cross entropy", this::crossEntropy));
    tests.add(DynamicTest.dynamicTest("binary cross entropy", this::binaryCrossEntropy));
    tests.add(DynamicTest.dynamicTest("smooth L1, 1", () -> smoothL1("loss/smooth_l1_beta_1", 1)));
    tests.add(
        DynamicTest.dynamicTest(
            "smooth L1, 1/9", () -> smoothL1("loss/smooth_l1_beta_1_9", 1.0 / 9)));
    return tests;
  }

  private static int or(JsonNode layer, String key, int otherwise) {
    return layer.has(key) ? layer.get(key).asInt() : otherwise;
  }

  private void convolution(JsonNode layer, String at) {
    Window window =
        new Window(
            or(layer, "stride", 1),
            or(layer, "padding", 0),
            or(layer, "dilation", 1),
            or(layer, "groups", 1));
    boolean bias = golden.has(at + "b");
    List<Operand> in = new ArrayList<>(List.of(golden.nhwc(at + "x"), golden.nhwc(at + "w")));
    if (bias) {
      in.add(golden.tensor(at + "b"));
    }
    Shape x = in.get(0).spec().shape();
    Shape w = in.get(1).spec().shape();
    Operand dy = golden.nhwc(at + "grad_output");
    Operand y = bench.run(new Conv2d(window, new Epilogue(bias, false, false)), in).get(0);
    Bench.close("output", golden.nhwc(at + "output"), y, TOLERANCE);
    Op data = new Conv2dBackwardData(window, x.dim(1), x.dim(2));
    Operand dx = bench.one(data, dy, in.get(1));
    Bench.close("grad_x", golden.nhwc(at + "grad_x"), dx, TOLERANCE);
    Op weights = new Conv2dBackwardWeights(window, w.dim(1), w.dim(2), bias);
    List<Operand> dw = bench.run(weights, in.get(0), dy);
    Bench.close("grad_w", golden.nhwc(at + "grad_w"), dw.get(0), TOLERANCE);
    if (bias) {
      Bench.close("grad_b", golden.tensor(at + "grad_b"), dw.get(1), TOLERANCE);
    }
  }

  private void transposed(String at) {
    Operand x = golden.nhwc(at + "x");
    Operand w = golden.nhwc(at + "w"); // stored in,out,kh,kw
    Operand dy = golden.nhwc(at + "grad_output");
    Op op = new ConvTranspose2d(2, new Epilogue(true, false, false));
    Operand y = bench.one(op, x, w, golden.tensor(at + "b"));
    Bench.close("output", golden.nhwc(at + "output"), y, TOLERANCE);
    Window window = Window.of(2, 0);
    Operand dx = bench.one(new Conv2d(window, Epilogue.NONE), dy, w);
    Bench.close("grad_x", golden.nhwc(at + "grad_x"), dx, TOLERANCE);
    Operand dw = bench.one(new Conv2dBackwardWeights(window, 2, 2, false), dy, x);
    Bench.close("grad_w", golden.nhwc(at + "grad_w"), dw, TOLERANCE);
    Operand db = bench.one(new SumRows(), dy);
    Bench.close("grad_b", golden.tensor(at + "grad_b"), db, TOLERANCE);
  }

  private void groupNorm(JsonNode layer, String at) {
    boolean image = golden.tensor(at + "x").spec().shape().rank() == 4;
    Operand x = image ? golden.nhwc(at + "x") : golden.tensor(at + "x");
    Operand gamma = golden.tensor(at + "w");
    int groups = layer.get("groups").asInt();
    GroupNorm op = new GroupNorm(groups, layer.get("eps").asDouble(), false);
    List<Operand> out = bench.run(op, x, gamma, golden.tensor(at + "b"));
    Operand dy = image ? golden.nhwc(at + "grad_output") : golden.tensor(at + "grad_output");
    List<Operand> grads =
        bench.run(new GroupNormBackward(groups), dy, x, gamma, out.get(1), out.get(2));
    Operand y = image ? golden.nhwc(at + "output") : golden.tensor(at + "output");
    Bench.close("output", y, out.get(0), TOLERANCE);
    Operand dx = image ? golden.nhwc(at + "grad_x") : golden.tensor(at + "grad_x");
    Bench.close("grad_x", dx, grads.get(0), TOLERANCE);
    Bench.close("grad_w", golden.tensor(at + "grad_w"), grads.get(1), TOLERANCE);
    Bench.close("grad_b", golden.tensor(at + "grad_b"), grads.get(2), TOLERANCE);
  }

  private void maxPool(JsonNode layer, String at) {
    int kernel = layer.get("kernel").asInt();
    int stride = layer.get("stride").asInt();
    int padding = or(layer, "padding", 0);
    Operand x = golden.nhwc(at + "x");
    List<Operand> y = bench.run(new MaxPool2d(kernel, stride, padding), x);
    Bench.close("output", golden.nhwc(at + "output"), y.get(0), 0);
    Shape s = x.spec().shape();
    Op back = new MaxPool2dBackward(kernel, stride, padding, s.dim(1), s.dim(2));
    Operand dx = bench.one(back, golden.nhwc(at + "grad_output"), y.get(1));
    Bench.close("grad_x", golden.nhwc(at + "grad_x"), dx, TOLERANCE);
  }

  private void nearest(String at) {
    Operand x = golden.nhwc(at + "x");
    Shape s = x.spec().shape();
    Operand y = bench.one(new UpsampleNearest(2 * s.dim(1), 2 * s.dim(2)), x);
    Bench.close("output", golden.nhwc(at + "output"), y, 0);
    Op back = new UpsampleNearestBackward(s.dim(1), s.dim(2));
    Operand dx = bench.one(back, golden.nhwc(at + "grad_output"));
    Bench.close("grad_x", golden.nhwc(at + "grad_x"), dx, TOLERANCE);
  }

  /** A frozen norm is a scale folded into the weight, and a bias; here after an identity. */
  private void frozenNorm(String at) {
    double[] weight = golden.tensor(at + "weight").values();
    double[] variance = golden.tensor(at + "running_var").values();
    double[] mean = golden.tensor(at + "running_mean").values();
    double[] beta = golden.tensor(at + "bias").values();
    int channels = weight.length;
    double[] scale = new double[channels];
    double[] shift = new double[channels];
    for (int c = 0; c < channels; c++) {
      scale[c] = weight[c] / Math.sqrt(variance[c]);
      shift[c] = beta[c] - mean[c] * scale[c];
    }
    double[] ones = new double[channels];
    Arrays.fill(ones, 1);
    Operand identity = Operand.f32(Shape.of(channels, 1, 1, 1), ones);
    Operand folded = bench.one(new ScaleRows(), identity, Operand.f32(Shape.of(channels), scale));
    Window depthwise = new Window(1, 0, 1, channels);
    Op op = new Conv2d(depthwise, new Epilogue(true, false, false));
    Operand x = golden.nhwc(at + "x");
    Operand y = bench.one(op, x, folded, Operand.f32(Shape.of(channels), shift));
    Bench.close("output", golden.nhwc(at + "output"), y, TOLERANCE);
    Shape s = x.spec().shape();
    Op back = new Conv2dBackwardData(depthwise, s.dim(1), s.dim(2));
    Operand dx = bench.one(back, golden.nhwc(at + "grad_output"), folded);
    Bench.close("grad_x", golden.nhwc(at + "grad_x"), dx, TOLERANCE);
  }

  private void crossEntropy() {
    Operand target = golden.tensor("loss/ce_target");
    List<Operand> out =
        bench.run(new SoftmaxCrossEntropy(), golden.tensor("loss/ce_logits"), target);
    Bench.close("loss", golden.tensor("loss/ce"), out.get(0), LOSS);
    Operand dx = bench.one(new SoftmaxCrossEntropyBackward(), ONE, out.get(1), target);
    Bench.close("gradient", golden.tensor("loss/ce_grad"), dx, LOSS);
  }

  private void binaryCrossEntropy() {
    Operand logits = golden.tensor("loss/bce_logits");
    Operand target = golden.tensor("loss/bce_target");
    Operand loss = bench.one(new BinaryCrossEntropy(), logits, target);
    Bench.close("loss", golden.tensor("loss/bce"), loss, LOSS);
    Operand dx = bench.one(new BinaryCrossEntropyBackward(), ONE, logits, target);
    Bench.close("gradient", golden.tensor("loss/bce_grad"), dx, LOSS);
  }

  /** The golden is the plain sum; ten rows of four divide by ten. */
  private void smoothL1(String at, double beta) {
    Operand a = golden.tensor("loss/a").reshape(10, 4);
    Operand b = golden.tensor("loss/b").reshape(10, 4);
    int[] positive = new int[10];
    Arrays.fill(positive, 1);
    Operand label = Operand.i32(positive);
    double loss = bench.one(new SmoothL1(beta), a, b, label).values()[0] * 10;
    Bench.close("loss", golden.tensor(at), Operand.f32(Shape.of(), loss), LOSS);
    Operand ten = Operand.f32(Shape.of(), 10);
    Operand dx = bench.one(new SmoothL1Backward(beta), ten, a, b, label);
    Bench.close("gradient", golden.tensor(at + "_grad"), dx, LOSS);
  }
}

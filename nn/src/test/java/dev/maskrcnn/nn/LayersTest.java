package dev.maskrcnn.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.ShapeException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Layers against recorded PyTorch layers, forward and backward. */
class LayersTest {
  private static final double TOLERANCE = 1e-5;
  private static final Initializer ZERO = Initializer.constant(0);

  private final Device device = Device.reference();
  private final Scope root = Scope.root(device, 7);

  @AfterEach
  void everythingIsFreed() {
    root.state().close();
    device.close(); // throws if a tensor is still held
  }

  /** Loads w and b, runs, and compares output and all recorded gradients. */
  private void check(Goldens g, BiFunction<Pass, Variable, Variable> layer) {
    StateDict state = root.state();
    state.find("l.weight").ifPresent(p -> p.load(g.values("w")));
    state.find("l.bias").ifPresent(p -> p.load(g.values("b")));
    Frame frame = device.push("check");
    try (frame;
        Tape tape = new Tape(device)) {
      Variable x = tape.leaf(g.image(device, "x"), "x");
      Variable y = layer.apply(Pass.training(tape), x);
      g.assertImage("output", y.value(), TOLERANCE);
      Tensor dy = g.image(device, "grad_output").reshape(y.shape());
      try (Gradients gradients = tape.backward(y, dy)) {
        g.assertImage("grad_x", gradients.of(x).orElseThrow(), TOLERANCE);
        state.find("l.weight").ifPresent(p -> check(g, "grad_w", p, gradients));
        state.find("l.bias").ifPresent(p -> check(g, "grad_b", p, gradients));
      }
    }
  }

  private static void check(Goldens g, String name, Parameter p, Gradients gradients) {
    g.assertGradient(name, p, gradients.of(p).orElseThrow(), TOLERANCE);
  }

  private ConvLayer plain(ConvGeometry geometry) {
    return Conv2d.plain(root.child("l"), geometry, ZERO, false);
  }

  @Test
  void convolutions() {
    ConvLayer stem = plain(ConvGeometry.of(3, 4, 7).stride(2));
    check(Goldens.layer("conv7_s2_p3"), stem::forward);
  }

  @Test
  void groupedConvolution() {
    ConvLayer layer = plain(ConvGeometry.of(8, 8, 3).stride(2).groups(4));
    check(Goldens.layer("conv3_groups4_s2"), layer::forward);
  }

  @Test
  void dilatedConvolutionWithBias() {
    ConvGeometry geometry = ConvGeometry.of(4, 5, 3).dilation(2);
    ConvLayer layer = Conv2d.biased(root.child("l"), geometry, ZERO, false);
    check(Goldens.layer("conv3_dilation2"), layer::forward);
  }

  @Test
  void pointwiseConvolutionWithStride() {
    ConvLayer layer = plain(ConvGeometry.of(4, 5, 1).stride(2));
    check(Goldens.layer("conv1_s2"), layer::forward);
  }

  @Test
  void transposedConvolution() {
    ConvGeometry geometry = ConvGeometry.of(4, 3, 2).stride(2);
    ConvTranspose2d layer = new ConvTranspose2d(root.child("l"), geometry, ZERO, false);
    check(Goldens.layer("deconv2_s2"), layer::forward);
  }

  @Test
  void groupNorm() {
    check(Goldens.layer("group_norm"), new GroupNorm(root.child("l"), 12, 4, 1e-5, false)::forward);
  }

  @Test
  void groupNormOfRows() {
    GroupNorm layer = new GroupNorm(root.child("l"), 16, 4, 1e-5, false);
    check(Goldens.layer("group_norm_2d_input"), layer::forward);
  }

  @Test
  void pooling() {
    check(Goldens.layer("maxpool3_s2_p1"), (pass, x) -> x.maxPool2d(3, 2, 1));
    check(Goldens.layer("maxpool1_s2"), (pass, x) -> x.maxPool2d(1, 2, 0));
    check(Goldens.layer("nearest_x2"), (pass, x) -> x.upsampleNearest(8, 10));
  }

  @Test
  void globalAverage() {
    GlobalAveragePool pool = new GlobalAveragePool(root.child("l"));
    check(
        Goldens.layer("avgpool_global"),
        (pass, x) -> pool.forward(x).reshape(Shape.of(2, 1, 1, 3)));
  }

  /** The recorded norm behind a convolution that is the identity. */
  @Test
  void frozenNormIsFolded() {
    Goldens g = Goldens.layer("frozen_bn");
    ConvFrozenNorm.Site site = ConvFrozenNorm.Site.of(root.child("conv"), root.child("bn"));
    ConvGeometry geometry = ConvGeometry.of(6, 6, 1);
    ConvFrozenNorm layer = new ConvFrozenNorm(site, geometry, LayersTest::identity, false);
    for (String name : List.of("weight", "bias", "running_mean", "running_var")) {
      root.state().get("bn." + name).load(g.values(name));
    }
    check(g, layer::forward);
    root.state().freeze("conv");
    check(g, layer::forward);
    assertEquals(List.of(), root.state().trainable());
  }

  private static float[] identity(Shape shape, Philox random) {
    float[] eye = new float[shape.dim(0) * shape.dim(0)];
    for (int i = 0; i < shape.dim(0); i++) {
      eye[i * shape.dim(0) + i] = 1;
    }
    return eye;
  }

  /** Folding and its cache against the norm written out, through changes of weight and buffers. */
  @Test
  void foldedWeightFollowsItsFactors() {
    Initializer init = Initializer.kaimingUniform();
    ConvFrozenNorm.Site site = new ConvFrozenNorm.Site(root.child("conv"), root.child("bn"), 1e-3);
    ConvFrozenNorm layer = new ConvFrozenNorm(site, ConvGeometry.of(3, 2, 3), init, true);
    Parameter weight = root.state().get("conv.weight");
    root.state().get("bn.running_var").load(new float[] {4, 0.25f});
    root.state().get("bn.running_mean").load(new float[] {0.5f, -1});
    Pass pass = Pass.inference(device);
    for (int round = 0; round < 3; round++) {
      if (round == 1) {
        float[] w = weight.save();
        w[5] += 3;
        weight.load(w);
      } else if (round == 2) {
        root.state().get("bn.weight").load(new float[] {-2, 3});
      }
      Frame frame = device.push("round");
      try (frame) {
        Variable x = Variable.constant(image(5, 4, 3));
        Variable shortcut = Variable.constant(image(5, 4, 2));
        Variable raw = x.conv2d(Variable.constant(weight.tensor()), Window.of(1, 1));
        float[] y = raw.value().toFloats();
        float[] r = shortcut.value().toFloats();
        float[] gamma = root.state().get("bn.weight").tensor().toFloats();
        double[] deviation = {Math.sqrt(4 + 1e-3), Math.sqrt(0.25 + 1e-3)};
        double[] mean = {0.5, -1};
        for (int i = 0; i < y.length; i++) {
          int c = i % 2;
          y[i] = (float) Math.max(0, (y[i] - mean[c]) / deviation[c] * gamma[c] + r[i]);
        }
        assertArrayEquals(y, layer.forward(pass, x, shortcut).value().toFloats(), 1e-4f);
        assertArrayEquals(y, layer.forward(pass, x, shortcut).value().toFloats(), 1e-4f);
      }
    }
  }

  private Tensor image(int height, int width, int channels) {
    Shape s = Shape.of(1, height, width, channels);
    return device.of(s, Initializer.normal(1).values(s, new Philox(3, 0)));
  }

  @Test
  void linearAfterFlatteningReadsChannelsFirst() {
    Linear layer =
        Linear.biased(root.child("fc6"), Linear.Extent.flattened(2, 3, 4, 1), ZERO, false);
    float[] there = new float[24];
    for (int i = 0; i < 24; i++) {
      there[i] = i + 1; // C,H,W order: channel 0 has 1 … 6
    }
    Parameter weight = root.state().get("fc6.weight");
    weight.load(there);
    assertArrayEquals(there, weight.save());
    float[] x = new float[24];
    x[(1 * 3 + 2) * 4 + 3] = 1; // row 1, column 2, channel 3
    Frame frame = device.push("linear");
    try (frame) {
      Variable rows =
          Variable.constant(device.of(Shape.of(1, 2, 3, 4), x)).reshape(Shape.of(1, 24));
      Variable y = layer.forward(Pass.inference(device), rows);
      assertEquals(3 * 6 + 1 * 3 + 2 + 1, y.value().item());
    }
  }

  @Test
  void groupNormBlockAddsShortcutBeforeRelu() {
    ConvGroupNorm.Site site =
        new ConvGroupNorm.Site(root.child("conv1"), root.child("bn1"), 2, 1e-5);
    ConvGroupNorm layer =
        new ConvGroupNorm(site, ConvGeometry.of(3, 4, 3), Initializer.normal(1), true);
    assertEquals(
        List.of("conv1.weight", "bn1.weight", "bn1.bias"),
        new ArrayList<>(root.state().entries().keySet()));
    Frame frame = device.push("block");
    try (frame) {
      Pass pass = Pass.inference(device);
      Variable x = Variable.constant(image(4, 4, 3));
      Variable zero = Variable.constant(device.zeros(image(4, 4, 4).spec()));
      float[] without = layer.forward(pass, x).value().toFloats();
      assertArrayEquals(without, layer.forward(pass, x, zero).value().toFloats());
      Variable shortcut = Variable.constant(image(4, 4, 4));
      for (float y : layer.forward(pass, x, shortcut).value().toFloats()) {
        assertTrue(y >= 0);
      }
    }
  }

  @Test
  void onlyTheResultSurvivesCallsAndErrorsNameTheModule() {
    final class Two extends Module {
      final Conv2d a = Conv2d.biased(root.child("head.a"), ConvGeometry.of(3, 8, 3), ZERO, true);
      final Conv2d b = Conv2d.plain(root.child("head.b"), ConvGeometry.of(8, 2, 1), ZERO, true);

      Two() {
        super(root.child("head"));
      }

      Variable forward(Pass pass, Variable x) {
        return call(() -> b.forward(pass, a.forward(pass, x)));
      }
    }
    Two two = new Two();
    Frame frame = device.push("model");
    try (frame) {
      Variable x = Variable.constant(image(4, 4, 3));
      long before = device.liveBlocks();
      Variable y = two.forward(Pass.inference(device), x);
      assertEquals(before + 1, device.liveBlocks());
      assertEquals(Shape.of(1, 4, 4, 2), y.shape());
      Variable wrong = Variable.constant(image(4, 4, 5));
      String m =
          assertThrows(ShapeException.class, () -> two.forward(Pass.inference(device), wrong))
              .getMessage();
      assertTrue(m.endsWith("at head.a"), m);
      assertEquals("", device.path());
      assertEquals(before + 2, device.liveBlocks());
    }
  }
}

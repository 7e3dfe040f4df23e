package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.autograd.Autocast;
import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.CudaDevice;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.shape.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Training steps in float16 on a CUDA device, by default the emulated one, against the float32
 * steps of maskrcnn-benchmark. Float16 rounds with u = 2⁻¹¹. Each layer rounds weight, input and
 * output independently, so n layers leave a relative error of about u·√(3n): 0.6 % for the 56
 * layers from image to pyramid. Twice that is allowed; losses are means over what the maps decide.
 *
 * <p>In the backward pass rounding itself is as small, but a unit whose input is that near to zero
 * opens or closes: of a normal input with relative error e a share of 0.4·e. Each such gate changes
 * all of its gradient, so below n ReLUs the relative L2 error is about √(0.4·e·n), 0.35 for the 49
 * of the body; much less for all parameters together, most of which lie above.
 */
@SuppressWarnings("try") // frames free what is made in them
class MaskRcnnHalfTest {
  private static final double U = Math.scalb(1.0, -11);
  private static final double FEATURES = 2 * U * Math.sqrt(3 * 56);
  private static final double LOSSES = 4 * FEATURES;
  private static final double GRADIENTS = Math.sqrt(0.4 * FEATURES / 2 * 49);
  private static final double ALL_GRADIENTS = 0.1;

  private final List<Executable> checks = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(strings = {"01_mask_r50_fpn", "05_mask_r50_fpn_gn"})
  void aStepAndAnOverflow(String name) {
    Golden g = Golden.open(name);
    try (Device d = CudaDevice.open();
        MaskRcnn model = model(d, g);
        Sgd sgd =
            new Sgd(
                model.state(),
                new Sgd.Settings(0.01, 2, 0.9, 1e-4, 0),
                new LossScaling(8192, 2, 0.5, 2000))) {
      step(g, d, model, sgd);
      overflow(g, d, model, sgd);
    }
    assertAll(checks);
  }

  private static MaskRcnn model(Device d, Golden g) {
    ModelSettings settings = ModelSettings.of(g.config(), Conventions.MASKRCNN_BENCHMARK);
    MaskRcnn model = new MaskRcnn(d, settings, 1, Autocast.to(DType.F16));
    model.state().entries().forEach((name, p) -> p.load(g.floats("weights/" + name)));
    return model;
  }

  private static Map<String, Variable> losses(Golden g, Tape tape, MaskRcnn model, Stages stages) {
    Device d = model.device();
    Targets truth = BatchUpload.targets(d, g.truth());
    return model.losses(tape, g.input(d), truth, new Draw(1, 0), stages);
  }

  private void step(Golden g, Device d, MaskRcnn model, Sgd sgd) {
    try (Frame frame = d.push("step");
        Tape tape = new Tape(d)) {
      Recorder r = new Recorder();
      Map<String, Variable> losses = losses(g, tape, model, r);
      for (int l = 0; l < 5; l++) {
        close("features/" + l, g.nhwc("train/features/" + l), r);
        close("rpn_objectness/" + l, g.nhwc("train/rpn_objectness/" + l), r);
        close("rpn_bbox_reg/" + l, g.nhwc("train/rpn_bbox_reg/" + l), r);
      }
      MaskRcnnGoldenTest.lossChecks(g, losses, g.floats("loss"), LOSSES, checks);
      Tensor scale = sgd.scaler().scale();
      try (Gradients gradients = tape.backward(new ArrayList<>(losses.values()), scale)) {
        double[] sums = new double[2];
        for (Parameter p : model.state().trainable()) {
          gradient(g, p, gradients.of(p).orElseThrow(), sums);
        }
        double all = Math.sqrt(sums[0] / sums[1]);
        checks.add(() -> assertTrue(all < ALL_GRADIENTS, "all gradients: relative L2 " + all));
        sgd.step(gradients, base -> base);
      }
      LossScaling.State state = sgd.scaler().state();
      checks.add(() -> assertEquals(new LossScaling.State(8192, 1, false, 1, 0), state));
    }
  }

  private void close(String stage, float[] expected, Recorder r) {
    checks.add(() -> Golden.close(stage, expected, r.floats(stage), FEATURES));
  }

  private void gradient(Golden g, Parameter p, Tensor gradient, double[] sums) {
    assertEquals(DType.F16, gradient.spec().dtype(), p.name());
    float[] scaled = Autocast.widened(gradient).toFloats();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] /= 8192;
    }
    float[] ours = p.layout().toCheckpoint(scaled, p.shape());
    float[] expected = g.floats("grad/" + p.name());
    for (int i = 0; i < ours.length; i++) {
      sums[0] += Math.pow(ours[i] - expected[i], 2);
      sums[1] += Math.pow(expected[i], 2);
    }
    checks.add(() -> Golden.closeL2(p.name(), expected, ours, GRADIENTS));
  }

  /** A scale that no gradient survives: nothing may change but the scale. */
  private void overflow(Golden g, Device d, MaskRcnn model, Sgd sgd) {
    sgd.scaler().restore(new LossScaling.State(0x1p100f, 5, false, 1, 0));
    List<float[]> before = values(model);
    try (Frame frame = d.push("overflow");
        Tape tape = new Tape(d)) {
      Map<String, Variable> losses = losses(g, tape, model, Stages.NONE);
      Tensor scale = sgd.scaler().scale();
      try (Gradients gradients = tape.backward(new ArrayList<>(losses.values()), scale)) {
        sgd.step(gradients, base -> base);
      }
    }
    assertEquals(new LossScaling.State(0x1p99f, 0, true, 1, 1), sgd.scaler().state());
    List<float[]> after = values(model);
    for (int i = 0; i < before.size(); i++) {
      assertArrayEquals(before.get(i), after.get(i));
    }
    for (Parameter p : model.state().trainable()) {
      assertTrue(p.copy().isPresent(), p.name() + " has a rounded copy");
    }
  }

  private static List<float[]> values(MaskRcnn model) {
    return model.state().trainable().stream().map(p -> p.tensor().toFloats()).toList();
  }
}

package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Golden 10: what torch.amp.GradScaler and torch.optim.SGD did for sequences of finite and
 * non-finite gradients. Scale, tracker and parameters must be equal to the last bit.
 */
@SuppressWarnings("try") // frames free what is made in them
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LossScalingGoldenTest {
  private static final double RATE = 0.125;
  private static final float GRADIENT = 0.5f;

  private Device device;
  private JsonNode golden;

  @BeforeAll
  void open() {
    device = CudaTestDevice.open();
    golden = TestData.json("goldens/10_loss_scaling/case.json");
  }

  @AfterAll
  void close() {
    if (device != null) {
      device.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> everyTrace() {
    return StreamSupport.stream(golden.get("traces").spliterator(), false)
        .map(t -> DynamicTest.dynamicTest(t.get("name").asText(), () -> trace(t)));
  }

  private static LossScaling scaling(JsonNode trace) {
    return new LossScaling(
        trace.get("init_scale").asDouble(),
        trace.get("growth_factor").asDouble(),
        trace.get("backoff_factor").asDouble(),
        trace.get("growth_interval").asInt());
  }

  /** The kind of each step; one trace is told in words because it has 6001 steps. */
  private static String kinds(JsonNode trace) {
    String sequence = trace.get("sequence").asText();
    return sequence.startsWith("4000 x F") ? "F".repeat(4000) + "I" + "F".repeat(2000) : sequence;
  }

  private void trace(JsonNode trace) {
    String kinds = kinds(trace);
    try (Frame frame = device.push("trace");
        TestedSgd sgd =
            new TestedSgd(device, List.of(parameter("p", new float[] {1}, 1, 0)), scaling(trace))) {
      Tensor p = sgd.parameters().get(0).value();
      int done = 0;
      for (JsonNode row : trace.get("rows")) {
        for (; done <= row.get(0).asInt(); done++) {
          boolean recorded = done == row.get(0).asInt();
          if (recorded) {
            assertEquals((float) row.get(2).asDouble(), sgd.scale().toFloats()[0], "scale before");
          }
          step(sgd, kinds.charAt(done));
        }
        String at = "step " + row.get(0);
        LossScaling.State state = sgd.state();
        assertEquals(row.get(4).asBoolean(), !state.skippedLast(), at + ": stepped");
        assertEquals((float) row.get(5).asDouble(), state.scale(), at + ": scale");
        assertEquals(row.get(6).asInt(), state.tracker(), at + ": tracker");
        assertEquals((float) row.get(7).asDouble(), p.toFloats()[0], at + ": parameter");
      }
      assertEquals(kinds.length(), sgd.state().taken() + sgd.state().skipped());
    }
  }

  /** As a trainer does it: what is multiplied by the scale never leaves the device. */
  private void step(TestedSgd sgd, char kind) {
    try (Frame frame = device.push("step")) {
      Tensor gradient = device.of(Shape.of(1), gradient(kind)).mul(sgd.scale());
      sgd.step(List.of(gradient), RATE, 0);
    }
  }

  private static float gradient(char kind) {
    return switch (kind) {
      case 'I' -> Float.POSITIVE_INFINITY;
      case 'N' -> Float.NaN;
      default -> GRADIENT;
    };
  }

  private TestedSgd.Parameter parameter(String name, float[] values, int factor, double decay) {
    Shape shape = Shape.of(values.length);
    Tensor copy = device.filled(new Spec(shape, DType.F16), 0);
    return TestedSgd.parameter(
        name,
        device.of(shape, values),
        device.filled(new Spec(shape, DType.F32), 0),
        copy,
        factor,
        decay);
  }

  @Test
  void momentumAndSchedule() {
    JsonNode trace = golden.get("sgd_trace");
    JsonNode decay = trace.get("weight_decay");
    try (Frame frame = device.push("trace");
        TestedSgd sgd =
            new TestedSgd(
                device,
                List.of(
                    parameter("w", floats(trace.get("w0")), 1, decay.get(0).asDouble()),
                    parameter("b", floats(trace.get("b0")), 2, decay.get(1).asDouble())),
                scaling(trace))) {
      assertTrue(trace.get("rows").size() > 5);
      for (JsonNode row : trace.get("rows")) {
        check(sgd, row, trace.get("momentum").asDouble());
      }
    }
  }

  private void check(TestedSgd sgd, JsonNode row, double momentum) {
    String at = "step " + row.get("step");
    char kind = row.get("kind").asText().charAt(0);
    float before = (float) row.get("scale_before").asDouble();
    assertEquals(before, sgd.state().scale(), at + ": scale before");
    float[] w = scaled(row.get("grad_w"), before);
    float[] b = scaled(row.get("grad_b"), before);
    w[1] = kind == 'I' ? Float.POSITIVE_INFINITY : w[1];
    b[0] = kind == 'N' ? Float.NaN : b[0];
    List<Tensor> gradients = new ArrayList<>();
    gradients.add(device.of(Shape.of(w.length), w));
    gradients.add(device.of(Shape.of(b.length), b));
    sgd.step(gradients, row.get("lr").get(0).asDouble(), momentum);
    TestedSgd.Parameter weight = sgd.parameters().get(0);
    TestedSgd.Parameter bias = sgd.parameters().get(1);
    assertEquals(row.get("stepped").asBoolean(), !sgd.state().skippedLast(), at);
    assertEquals((float) row.get("scale_after").asDouble(), sgd.state().scale(), at + ": scale");
    assertArrayEquals(floats(row.get("w")), weight.value().toFloats(), at + ": w");
    assertArrayEquals(floats(row.get("b")), bias.value().toFloats(), at + ": b");
    assertArrayEquals(
        floats(row.get("momentum_w")), weight.momentum().toFloats(), at + ": momentum");
    if (sgd.state().taken() > 0) {
      float[] w16 = HostTensor.halves(weight.value().toFloats(), w.length).floats();
      Tensor copy = device.dispatch(new Cast(DType.F32), List.of(weight.copy())).get(0);
      assertArrayEquals(w16, copy.toFloats(), at + ": copy of w");
    }
  }

  private static float[] floats(JsonNode numbers) {
    float[] f = new float[numbers.size()];
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) numbers.get(i).asDouble();
    }
    return f;
  }

  private static float[] scaled(JsonNode numbers, float scale) {
    float[] f = floats(numbers);
    for (int i = 0; i < f.length; i++) {
      f[i] *= scale;
    }
    return f;
  }
}

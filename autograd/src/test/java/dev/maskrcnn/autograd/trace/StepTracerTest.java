package dev.maskrcnn.autograd.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.autograd.trace.MemoryTimeline.Block;
import dev.maskrcnn.autograd.trace.MemoryTimeline.Kind;
import dev.maskrcnn.autograd.trace.StepTrace.TracedOp;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Records {@code sum((w ⊙ x)²)} with {@code w = (1, 2)} and {@code x = (3, −1)}. */
class StepTracerTest {

  private static StepTrace record(Device device, boolean statistics) {
    Tensor w = device.of(Shape.of(2), 1f, 2f);
    try (StepTracer tracer = StepTracer.on(device, statistics)) {
      tracer.parameter(w, "weight");
      try (Frame frame = device.push("step");
          Tape tape = new Tape(device)) {
        Variable x = Variable.constant(device.of(Shape.of(2), 3f, -1f));
        device.enter("layer");
        Variable y = tape.leaf(w, "weight").mul(x);
        device.leave();
        y.value().scale(5); // Not differentiated.
        Variable loss = y.mul(y).sum();
        tracer.backward(tape);
        try (Gradients gradients = tape.backward(loss)) {
          tracer.update();
        }
        return tracer.finish();
      }
    }
  }

  @Test
  void opsInOrderWithTheirOrigins() {
    try (Device device = Device.cpu()) {
      StepTrace trace = record(device, true);
      List<String> names = trace.ops().stream().map(TracedOp::name).toList();
      assertEquals(List.of("Mul", "Scale", "Mul", "Sum"), names);
      assertEquals(List.of(3, 2, 0), trace.backward());
      TracedOp first = trace.ops().get(0);
      assertEquals("layer", first.path());
      assertEquals("weight", trace.sources().get(first.inputs().get(0).source()).name());
      assertTrue(trace.sources().get(first.inputs().get(0).source()).parameter());
      assertEquals("host data", trace.sources().get(first.inputs().get(1).source()).name());
      assertEquals(0, trace.ops().get(2).inputs().get(1).op(), "y comes from the first op");
      assertEquals(-1, trace.ops().get(1).node());
      assertTrue(trace.ops().get(1).backward().isEmpty());
      assertEquals(List.of("in1"), first.held().stream().map(StepTrace.Held::slot).toList());
    }
  }

  @Test
  void statisticsOfValuesAndGradients() {
    try (Device device = Device.cpu()) {
      StepTrace trace = record(device, true);
      TracedOp first = trace.ops().get(0);
      // y = (3, −2), loss = 13, dy = 2y = (6, −4), dw = dy ⊙ x = (18, 4)
      assertEquals(0.5, first.statistics().orElseThrow().mean());
      assertEquals(13, trace.ops().get(3).statistics().orElseThrow().mean());
      StepTrace.Backward b = first.backward().orElseThrow();
      assertEquals(6, b.gradient().orElseThrow().max());
      assertEquals(-4, b.gradient().orElseThrow().min());
      assertEquals(List.of(0), b.targets());
      assertEquals(11, b.sources().get(0).statistics().mean());
      assertEquals("Mul", b.launches().get(0).op().getClass().getSimpleName());
    }
  }

  @Test
  void everyBlockHasItsLifeAndKind() {
    try (Device device = Device.cpu()) {
      MemoryTimeline memory = record(device, false).memory();
      long[] live = memory.live();
      assertEquals(5 * 8 + 4, live[memory.ticks()], "w, x, y, 5y, y², loss; no gradient is left");
      Block weight = memory.blocks().get(0);
      assertEquals(Kind.PARAMETER, weight.kind());
      assertEquals(0, weight.from());
      assertEquals(memory.ticks(), weight.to());
      Block x = memory.blocks().get(1);
      assertEquals(Kind.ACTIVATION, x.kind(), "kept for the gradient of the weight");
      assertEquals(List.of(0), x.holders());
      Block y = memory.blocks().get(2);
      assertEquals(Kind.ACTIVATION, y.kind());
      assertEquals(List.of(2, 2), y.holders(), "both factors of the square");
      assertEquals(0, y.op());
      assertEquals(Kind.TEMPORARY, memory.blocks().get(3).kind(), "5y, which nobody keeps");
      assertTrue(memory.blocks().stream().anyMatch(b -> b.kind() == Kind.GRADIENT));
      long peak = memory.at(memory.peakTick()).stream().mapToLong(Block::bytes).sum();
      assertEquals(live[memory.peakTick()], peak);
    }
  }

  @Test
  void nothingIsHeardAfterwards() {
    try (Device device = Device.cpu()) {
      StepTrace trace = record(device, false);
      int ticks = trace.memory().ticks();
      device.of(Shape.of(2), 1f, 2f).scale(2);
      assertEquals(ticks, trace.memory().ticks());
      assertFalse(trace.ops().get(0).statistics().isPresent(), "statistics are off");
    }
  }
}

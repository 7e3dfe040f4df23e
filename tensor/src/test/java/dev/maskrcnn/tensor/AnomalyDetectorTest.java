package dev.maskrcnn.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.op.Pointwise.Accumulate;
import dev.maskrcnn.tensor.op.Pointwise.Relu;
import dev.maskrcnn.tensor.reference.ReferenceBackend;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelTable;
import dev.maskrcnn.tensor.spi.Memory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The NaN hunt, on faults planted in a kernel and in the data. */
class AnomalyDetectorTest {

  /** The reference with a ReLU that spoils its fifth value. */
  private static final class BrokenRelu implements Backend {
    private final Backend sound = new ReferenceBackend();
    private final KernelTable table;

    BrokenRelu() {
      table =
          new KernelTable("broken")
              .put(Relu.class, call -> spoil(call.outputs().get(0)))
              .inherit(sound.kernels());
    }

    private static void spoil(DenseArray output) {
      output.floats().put(new float[] {0, 1, 2, 3, Float.NaN, 5});
    }

    @Override
    public String name() {
      return "broken";
    }

    @Override
    public KernelTable kernels() {
      return table;
    }

    @Override
    public Memory allocate(long bytes) {
      return sound.allocate(bytes);
    }

    @Override
    public void free(Memory memory) {
      sound.free(memory);
    }

    @Override
    public void upload(ByteBuffer source, Memory target) {
      sound.upload(source, target);
    }

    @Override
    public void download(Memory source, ByteBuffer target) {
      sound.download(source, target);
    }

    @Override
    public void synchronize() {
      sound.synchronize();
    }

    @Override
    public long reservedBytes() {
      return sound.reservedBytes();
    }

    @Override
    public void close() {
      sound.close();
    }
  }

  @Test
  void aNanOfTheKernelItself() {
    try (Device device = new Device(new BrokenRelu())) {
      device.listen(new AnomalyDetector(storage -> Optional.empty()));
      Tensor x = device.of(Shape.of(2, 3), -2f, 1f, 2f, 3f, 4f, 5f);
      device.enter("head");
      AnomalyException e = assertThrows(AnomalyException.class, x::relu);
      device.leave();
      assertEquals(
          "Relu[] at head: output 0 [2, 3] f32 has 1 NaN and 0 infinite values, the first at"
              + " [1, 1]; input 0 [2, 3] f32 in [-2.000, 5.000]. All that the op was given is"
              + " finite, so it came up here",
          e.getMessage());
    }
  }

  @Test
  void aNanThatCameInIsNamed() {
    try (Device device = Device.reference()) {
      Tensor x = device.of(Shape.of(1, 2), 1f, 2f);
      Tensor weight = device.of(Shape.of(2, 1), 3f, Float.POSITIVE_INFINITY);
      device.listen(
          new AnomalyDetector(
              storage ->
                  storage == weight.storage() ? Optional.of("fc6.weight") : Optional.empty()));
      AnomalyException e = assertThrows(AnomalyException.class, () -> x.matMul(weight));
      assertTrue(e.getMessage().contains("input 1 (fc6.weight) [2, 1] f32 has 0 NaN and 1"));
      assertTrue(e.getMessage().endsWith("It came in with input 1"), e.getMessage());
    }
  }

  @Test
  void overwrittenInputsAndDoublesAreChecked() {
    try (Device device = Device.reference()) {
      device.listen(new AnomalyDetector(storage -> Optional.empty()));
      Tensor sum = device.of(Shape.of(1), 3e38f);
      Tensor more = device.of(Shape.of(1), 3e38f);
      AnomalyException e =
          assertThrows(
              AnomalyException.class, () -> device.dispatch(new Accumulate(), List.of(sum, more)));
      assertTrue(e.getMessage().contains("which it overwrites"), e.getMessage());
      Tensor d = device.of(Shape.of(1), -1.0);
      e = assertThrows(AnomalyException.class, d::log);
      assertTrue(e.getMessage().contains("[1] f64 has 1 NaN"), e.getMessage());
    }
  }

  @Test
  void soundWorkGoesThrough() {
    try (Device device = Device.reference()) {
      device.listen(new AnomalyDetector(storage -> Optional.empty()));
      assertEquals(3f, device.of(Shape.of(1), 1f).add(device.of(Shape.of(1), 2f)).toFloats()[0]);
      assertEquals(0, device.of(Shape.of(0), new float[0]).relu().toFloats().length);
    }
  }
}

package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.Graph;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Captured work is done at each launch and not before; what cannot be captured is refused. */
@SuppressWarnings("try") // frames free what is made in them
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CudaGraphTest {
  private Device device;
  private Backend backend;

  @BeforeAll
  void open() {
    device = CudaTestDevice.open();
    backend = device.backend();
  }

  @AfterAll
  void close() {
    if (device != null) {
      device.close();
    }
  }

  /** y = (x + x) · (x + x) with a product that is freed inside. */
  private Tensor work(Tensor x) {
    try (Frame frame = device.push("work")) {
      Tensor twice = x.add(x);
      return frame.escape(twice.mul(twice));
    }
  }

  @Test
  void eachLaunchReadsWhatIsThere() {
    try (Frame frame = device.push("test")) {
      Tensor x = device.of(Shape.of(3), 1f, 2f, 3f);
      Graph.Rehearsal rehearsal =
          backend.rehearse(() -> assertArrayEquals(new float[] {4, 16, 36}, floats(work(x))));
      Tensor[] y = new Tensor[1];
      try (Graph graph = captured(rehearsal, x, y)) {
        graph.launch();
        assertArrayEquals(new float[] {4, 16, 36}, y[0].toFloats());
        x.copyFrom(device.of(Shape.of(3), 5f, 0f, -1f));
        graph.launch();
        assertArrayEquals(new float[] {100, 0, 4}, y[0].toFloats());
        assertEquals(2, backend.activity().graphLaunches());
        y[0].close();
      }
    }
  }

  private Graph captured(Graph.Rehearsal rehearsal, Tensor x, Tensor[] y) {
    return backend.capture(
        rehearsal,
        () -> {
          try (Frame frame = device.push("captured")) {
            y[0] = work(x).promote();
          }
        });
  }

  private static float[] floats(Tensor t) {
    float[] values = t.toFloats();
    t.close();
    return values;
  }

  @Test
  void waitingAllocatingAndCopyingFromTheHostAreRefused() {
    try (Frame frame = device.push("test")) {
      Tensor x = device.of(Shape.of(3), 1f, 2f, 3f);
      Graph.Rehearsal nothing = backend.rehearse(() -> {});
      refused("900", () -> backend.capture(nothing, device::synchronize));
      refused("rehearsed", () -> backend.capture(nothing, () -> x.add(x)));
      refused(
          "copies from the host",
          () -> backend.capture(nothing, () -> device.of(Shape.of(1), 1f).close()),
          "rehearsed");
      assertArrayEquals(new float[] {2, 4, 6}, x.add(x).toFloats(), "the device works on");
    }
  }

  private static void refused(String word, Runnable capture, String... others) {
    CudaException e = assertThrows(CudaException.class, capture::run);
    boolean told = e.getMessage().contains(word);
    for (String other : others) {
      told |= e.getMessage().contains(other);
    }
    assertTrue(told, e.getMessage());
  }
}

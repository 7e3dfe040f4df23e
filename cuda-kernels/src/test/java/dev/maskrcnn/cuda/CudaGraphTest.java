package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.CapturedPass;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Captured work is done at each launch and not before; what cannot be captured is refused and
 * leaves nothing; the memory of a graph stays with it, and goes with it.
 */
@SuppressWarnings("try") // frames free what is made in them
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CudaGraphTest {
  /** More than any device has. */
  private static final Spec HUGE = Spec.of(DType.F32, 1 << 20, 1 << 20, 1 << 5);

  private Device device;
  private CudaRuntime cuda;

  @BeforeAll
  void open() {
    device = CudaTestDevice.open();
    cuda = CudaTestDevice.runtime(device);
  }

  @AfterEach
  void nothingIsLeft() {
    if (device != null) {
      assertEquals(0, device.liveBlocks(), "tensors");
      assertEquals(0, cuda.graphMemory().pool().reservedBytes(), "memory of graphs");
    }
  }

  @AfterAll
  void close() {
    if (device != null) {
      device.close();
    }
  }

  private record Result(Tensor y) implements CapturedPass.Held {
    @Override
    public void close() {
      y.close();
    }
  }

  /** y = (x + x) · (x + x) with a sum that is freed inside. */
  private Result work(Tensor x) {
    try (Frame frame = device.push("work")) {
      Tensor twice = x.add(x);
      return new Result(twice.mul(twice).promote());
    }
  }

  private CapturedPass<Result> captured(Tensor x) {
    return device.captured(() -> work(x));
  }

  @Test
  void eachLaunchReadsWhatIsThere() {
    try (Frame frame = device.push("test")) {
      Tensor x = device.of(Shape.of(3), 1f, 2f, 3f);
      long before = device.activity().graphLaunches();
      try (CapturedPass<Result> graph = captured(x)) {
        graph.launch();
        assertArrayEquals(new float[] {4, 16, 36}, graph.result().y().toFloats());
        x.copyFrom(device.of(Shape.of(3), 5f, 0f, -1f));
        graph.launch();
        assertArrayEquals(new float[] {100, 0, 4}, graph.result().y().toFloats());
        assertEquals(before + 2, device.activity().graphLaunches());
      }
    }
  }

  /** The second shares what the first does not hold, and neither writes what the other computed. */
  @Test
  void graphsShareMemoryButNotResults() {
    try (Frame frame = device.push("test")) {
      Tensor x = device.of(Shape.of(3), 1f, 2f, 3f);
      Tensor z = device.of(Shape.of(3), 5f, 0f, -1f);
      try (CapturedPass<Result> first = captured(x)) {
        long alone = cuda.graphMemory().pool().reservedBytes();
        try (CapturedPass<Result> second = captured(z)) {
          assertTrue(cuda.graphMemory().pool().reservedBytes() < 2 * alone, "shared");
          first.launch();
          second.launch();
          assertArrayEquals(new float[] {4, 16, 36}, first.result().y().toFloats());
          assertArrayEquals(new float[] {100, 0, 4}, second.result().y().toFloats());
        }
        assertEquals(alone, cuda.graphMemory().pool().reservedBytes(), "given back");
        first.launch();
        assertArrayEquals(new float[] {4, 16, 36}, first.result().y().toFloats());
      }
    }
  }

  /** A device without memory looks for idle blocks; those of a graph are idle between launches. */
  @Test
  void aGraphKeepsItsMemoryWhenTheDeviceHasNoMore() {
    try (Frame frame = device.push("test")) {
      Tensor x = device.of(Shape.of(3), 1f, 2f, 3f);
      try (CapturedPass<Result> graph = captured(x)) {
        CudaException e = assertThrows(CudaException.class, () -> device.empty(HUGE));
        assertTrue(e.outOfMemory(), e.getMessage());
        graph.launch();
        assertArrayEquals(new float[] {4, 16, 36}, graph.result().y().toFloats());
      }
    }
  }

  /** The emulation would see a launch that uses freed scratch memory. */
  @Test
  void scratchMemoryThatWasOutgrownStaysAsLongAsItsGraphs() {
    try (Frame frame = device.push("test")) {
      Tensor x = device.of(Shape.of(3, 1), 1f, 2f, 3f);
      Supplier<Result> sum =
          () -> {
            try (Frame inner = device.push("sum")) {
              return new Result(x.sum().promote());
            }
          };
      long scratch = cuda.scratch(1);
      long before = inUse();
      try (CapturedPass<Result> graph = device.captured(sum)) {
        assertNotEquals(scratch, cuda.scratch(64 << 20));
        graph.launch();
        assertEquals(6f, graph.result().y().toFloats()[0]);
      }
      assertEquals(before + (63 << 20), inUse(), "a scratch block of 64 MiB in place of one of 1");
    }
  }

  /** Bytes of blocks that somebody holds. */
  private long inUse() {
    return cuda.pool().reservedBytes() - cuda.pool().idleBytes();
  }

  @Test
  void waitingAllocatingAndCopyingAreRefusedAndLeaveNothing() {
    try (Frame frame = device.push("test")) {
      Tensor x = device.of(Shape.of(3), 1f, 2f, 3f);
      refused("900", x, device::synchronize);
      refused("not as it was when the pass was rehearsed", x, () -> x.add(x).close());
      refused("copies from the host", x, () -> x.write(ByteBuffer.allocate(12)));
      refused("reads back", x, x::toFloats);
      refused("reads back", x, x::readLater);
      assertArrayEquals(new float[] {2, 4, 6}, x.add(x).toFloats(), "the device works on");
    }
  }

  /** The pass does something more when it is recorded, after its result was made. */
  private void refused(String word, Tensor x, Runnable more) {
    long blocks = device.liveBlocks();
    CudaException e =
        assertThrows(
            CudaException.class,
            () ->
                device.captured(
                    () -> {
                      Result result = work(x);
                      try (Frame frame = device.push("more")) {
                        if (cuda.capturing()) {
                          more.run();
                        }
                        return result;
                      } catch (CudaException thrown) {
                        result.close();
                        throw thrown;
                      }
                    }));
    assertTrue(e.getMessage().contains(word), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    assertEquals(blocks, device.liveBlocks());
  }

  /** The end of a capture fails although the pass did not: its result must be freed too. */
  @Test
  void aCaptureThatIsSpoiltUnnoticedLeavesNothing() {
    try (Frame frame = device.push("test")) {
      Tensor x = device.of(Shape.of(3), 1f, 2f, 3f);
      long blocks = device.liveBlocks();
      Supplier<Result> spoilt =
          () -> {
            Result result = work(x);
            if (cuda.capturing()) {
              assertThrows(CudaException.class, device::synchronize);
            }
            return result;
          };
      CudaException e = assertThrows(CudaException.class, () -> device.captured(spoilt));
      assertTrue(e.getMessage().contains("901"), e.getMessage());
      assertEquals(blocks, device.liveBlocks());
    }
  }

  @Test
  void aRehearsalWithoutMemoryLeavesNothing() {
    try (Frame frame = device.push("test")) {
      Tensor x = device.of(Shape.of(3), 1f, 2f, 3f);
      Supplier<Result> greedy =
          () -> {
            try (Frame inner = device.push("greedy")) {
              x.add(x);
              return new Result(device.empty(HUGE).promote());
            }
          };
      CudaException e = assertThrows(CudaException.class, () -> device.captured(greedy));
      assertTrue(e.outOfMemory(), e.getMessage());
    }
  }
}

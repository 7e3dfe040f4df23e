package dev.maskrcnn.detection.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.CudaDevice;
import dev.maskrcnn.tensor.CapturedPass;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.OpListener;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import dev.maskrcnn.tensor.shape.TensorException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which passes are captured, how many graphs are kept, and what happens where one fails. */
@SuppressWarnings("try") // frames free what is made in them
class PassGraphsTest {
  private static final int WARM_UP = 2;
  private static final int MOST = 2;

  /** More than any device has. */
  private static final Spec HUGE = Spec.of(DType.F32, 1 << 20, 1 << 20, 1 << 5);

  private final List<String> warnings = new ArrayList<>();
  private Device device;
  private PassGraphs<Feed, Doubled> graphs;
  private int computed;

  private record Feed(Tensor x) implements PassGraphs.Feed<Feed> {
    @Override
    public List<Tensor> tensors() {
      return List.of(x);
    }

    @Override
    public Feed map(UnaryOperator<Tensor> change) {
      return new Feed(change.apply(x));
    }
  }

  private record Doubled(Tensor y) implements CapturedPass.Held {
    @Override
    public void close() {
      y.close();
    }
  }

  @BeforeEach
  void open() {
    device = CudaDevice.open();
    graphs =
        new PassGraphs<Feed, Doubled>(
            device,
            new PassGraphs.Kind<Feed, Doubled>("A pass", this::compute),
            new PassGraphs.Limits(WARM_UP, MOST),
            warnings::add);
  }

  /** The device complains of tensors that are left. */
  @AfterEach
  void close() {
    if (device != null) {
      graphs.close();
      assertEquals(0, device.liveBlocks());
      device.close();
    }
  }

  private Doubled compute(Feed feed) {
    computed++;
    try (Frame frame = device.push("doubled")) {
      return new Doubled(feed.x.add(feed.x).promote());
    }
  }

  /** Doubles n numbers; returns whether a graph did it. */
  private boolean pass(int n) {
    try (Frame frame = device.push("pass")) {
      float[] values = new float[n];
      float[] twice = new float[n];
      for (int i = 0; i < n; i++) {
        values[i] = i + computed;
        twice[i] = 2 * values[i];
      }
      Feed feed = new Feed(device.of(Shape.of(n), values));
      Optional<Doubled> launched = graphs.launch(feed);
      Doubled result = launched.orElseGet(() -> graphs.beside(() -> compute(feed)));
      assertArrayEquals(twice, result.y.toFloats());
      if (launched.isEmpty()) {
        result.close();
      }
      return launched.isPresent();
    }
  }

  private void warmUp(int n) {
    for (int i = 0; i < WARM_UP; i++) {
      assertFalse(pass(n));
    }
  }

  @Test
  void aPassIsCapturedAfterTheWarmUpAndComputedNoMore() {
    warmUp(3);
    assertTrue(pass(3));
    int before = computed;
    assertEquals(WARM_UP + 2, before, "the rehearsal and the recording");
    assertTrue(pass(3));
    assertTrue(pass(3));
    assertEquals(before, computed);
    assertEquals(List.of(), warnings);
  }

  @Test
  void theGraphThatWasNotUsedForTheLongestTimeGivesWay() {
    for (int n = 1; n <= MOST; n++) {
      warmUp(n);
      assertTrue(pass(n));
    }
    assertTrue(pass(1));
    warmUp(3);
    assertTrue(pass(3));
    assertEquals(MOST, graphs.count());
    assertTrue(pass(1), "used later than 2");
    assertFalse(pass(2), "gave way; it warms up anew");
    assertTrue(pass(3));
  }

  /** Many shapes in turn: the memory of the second round is that of the first. */
  @Test
  void memoryDoesNotGrowWithTheNumberOfShapes() {
    long first = 0;
    for (int round = 0; round < 3; round++) {
      for (int n = 1; n <= 8; n++) {
        warmUp(n << 16);
        assertTrue(pass(n << 16));
        assertTrue(graphs.count() <= MOST);
      }
      first = round == 0 ? device.reservedBytes() : first;
      assertEquals(first, device.reservedBytes(), "round " + round);
    }
    long held = 2L * (8 + 7) * 4 << 16; // what the last two read and write
    assertTrue(device.reservedBytes() < 2 * held, device.reservedBytes() + " bytes");
  }

  /** Shapes that do not come again are forgotten. */
  @Test
  void shapesThatComeOnceAreNotCaptured() {
    for (int n = 1; n <= 600; n++) {
      assertFalse(pass(n));
    }
    assertEquals(0, graphs.count());
  }

  @Test
  void aCaptureThatFailsLeavesTheGraphsThatAreThere() {
    warmUp(1);
    assertTrue(pass(1));
    OpListener spoils = (op, in, out, nanos, path) -> device.synchronize();
    device.listen(spoils);
    warmUp(2);
    assertFalse(pass(2));
    device.unlisten(spoils);
    assertFalse(pass(2));
    assertTrue(pass(1));
    assertEquals(1, graphs.count());
    assertEquals(1, warnings.size(), warnings::toString);
    String said = warnings.get(0);
    assertTrue(said.startsWith("A pass could not be captured as a CUDA graph ("), said);
    assertTrue(said.contains("900") && said.endsWith("no more are captured"), said);
    assertEquals(1, said.lines().count());
  }

  @Test
  void aCaptureWithoutMemoryIsGivenUp() {
    OpListener greedy =
        (op, in, out, nanos, path) -> {
          if (computed > WARM_UP) {
            device.empty(HUGE);
          }
        };
    device.listen(greedy);
    warmUp(2);
    try (Frame frame = device.push("pass")) {
      assertTrue(graphs.launch(new Feed(device.of(Shape.of(2), 1f, 2f))).isEmpty());
    }
    device.unlisten(greedy);
    assertFalse(pass(2));
    assertEquals(1, warnings.size(), warnings::toString);
    assertTrue(warnings.get(0).contains("out of memory"), warnings::toString);
  }

  /** A pass for which there is no memory as long as there are graphs. */
  @Test
  void graphsGiveTheirMemoryToAPassThatNeedsIt() {
    warmUp(1 << 16);
    assertTrue(pass(1 << 16));
    OpListener full =
        (op, in, out, nanos, path) -> {
          if (graphs.count() > 0) {
            device.empty(HUGE);
          }
        };
    device.listen(full);
    assertFalse(pass(7));
    device.unlisten(full);
    assertEquals(0, graphs.count());
    assertFalse(pass(1 << 16));
    assertEquals(1, warnings.size(), warnings::toString);
    assertTrue(warnings.get(0).startsWith("A pass found no memory beside CUDA graphs ("));
  }

  @Test
  void otherErrorsOfAPassAreItsOwn() {
    warmUp(1);
    assertTrue(pass(1));
    TensorException thrown = new TensorException("something else");
    TensorException e =
        assertThrows(
            TensorException.class,
            () ->
                graphs.beside(
                    () -> {
                      throw thrown;
                    }));
    assertEquals(thrown, e);
    assertEquals(List.of(), warnings);
    assertEquals(1, graphs.count());
  }
}

package dev.maskrcnn.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StateDictTest {
  private final Device device = Device.reference();
  private final Scope root = Scope.root(device, 1);

  @AfterEach
  void close() {
    root.state().close();
    device.close();
  }

  private static float[] counting(int n) {
    float[] a = new float[n];
    for (int i = 0; i < n; i++) {
      a[i] = i;
    }
    return a;
  }

  /** Element (o, y, x, i) here is element (o, i, y, x) there. */
  @Test
  void convolutionWeightsArePermutedAtTheBorder() {
    Parameter p =
        root.weight("w", Shape.of(2, 3, 4, 5), Layout.CONVOLUTION, Initializer.constant(0));
    assertEquals(Shape.of(2, 5, 3, 4), p.checkpointShape());
    p.load(counting(120));
    assertEquals(
        ((1 * 5 + 4) * 3 + 2) * 4 + 1, p.tensor().toFloats()[((1 * 3 + 2) * 4 + 1) * 5 + 4]);
    assertArrayEquals(counting(120), p.save());
  }

  /** Element (i, y, x, o) here is element (i, o, y, x) there. */
  @Test
  void transposedWeightsArePermutedAtTheBorder() {
    Layout layout = Layout.TRANSPOSED_CONVOLUTION;
    Parameter p = root.weight("w", Shape.of(3, 2, 2, 4), layout, Initializer.constant(0));
    assertEquals(Shape.of(3, 4, 2, 2), p.checkpointShape());
    p.load(counting(48));
    assertEquals(
        ((2 * 4 + 3) * 2 + 1) * 2 + 0, p.tensor().toFloats()[((2 * 2 + 1) * 2 + 0) * 4 + 3]);
    assertArrayEquals(counting(48), p.save());
  }

  @Test
  void loadingAdvancesTheVersion() {
    Parameter p = root.vector("b", 3, 0);
    long before = p.version();
    p.load(new float[] {1, 2, 3});
    assertTrue(p.version() > before);
    String m = assertThrows(NnException.class, () -> p.load(new float[2])).getMessage();
    assertEquals("b: 2 values given, expected 3 for shape [3]", m);
  }

  @Test
  void namesOrderFreezingAndAliases() {
    Scope box = root.child("box").child("head");
    Parameter w = box.child(0).weight("weight", Shape.of(2), Layout.VECTOR, Initializer.normal(1));
    box.child("bn").buffer("running_mean", Shape.of(2), 0);
    root.child("boxes").vector("bias", 1, 0);
    root.child("mask.head").alias(box);
    StateDict state = root.state();
    assertEquals(
        List.of(
            "box.head.0.weight",
            "box.head.bn.running_mean",
            "boxes.bias",
            "mask.head.0.weight",
            "mask.head.bn.running_mean"),
        List.copyOf(state.entries().keySet()));
    assertSame(w, state.get("mask.head.0.weight"));
    assertEquals(3, state.all().size());
    assertEquals(2, state.trainable().size());
    assertEquals(2, state.freeze("box"));
    assertEquals(List.of("boxes.bias"), state.trainable().stream().map(Parameter::name).toList());
    assertThrows(NnException.class, () -> state.freeze("bo"));
    assertThrows(NnException.class, () -> state.get("missing"));
    assertThrows(NnException.class, () -> root.child("boxes").vector("bias", 1, 0));
  }
}

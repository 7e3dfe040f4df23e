package dev.maskrcnn.tensor.shape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ShapeTest {

  @Test
  void sizeAndExtents() {
    Shape s = Shape.of(2, 3, 4);
    assertEquals(24, s.size());
    assertEquals(12, s.size(1, 3));
    assertEquals(1, s.size(3, 3));
    assertEquals(4, s.dim(-1));
    assertEquals(3, s.rank());
    assertEquals(1, Shape.of().size());
    assertEquals(0, Shape.of(5, 0).size());
  }

  @Test
  void isValue() {
    int[] dims = {2, 3};
    Shape s = Shape.of(dims);
    dims[0] = 9;
    s.dims()[1] = 9;
    assertEquals(Shape.of(2, 3), s);
    assertEquals(Shape.of(2, 3).hashCode(), s.hashCode());
    assertNotEquals(Shape.of(3, 2), s);
    assertEquals("[2, 3]", s.toString());
    assertEquals(Shape.of(2, 7), s.with(-1, 7));
    assertEquals(Shape.of(7, 3), s.with(0, 7));
  }

  @Test
  void refusesNonsense() {
    assertThrows(ShapeException.class, () -> Shape.of(2, -1));
    ShapeException e = assertThrows(ShapeException.class, () -> Shape.of(2, 3).dim(2));
    assertEquals("shape: axis 2 of [2, 3] does not exist", e.getMessage());
    assertThrows(ShapeException.class, () -> Shape.of(2, 3).dim(-3));
    assertThrows(
        ArithmeticException.class,
        () -> Shape.of(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE).size());
  }

  @Test
  void specCountsBytes() {
    assertEquals(24, Spec.of(DType.F32, 2, 3).bytes());
    assertEquals(12, Spec.of(DType.BF16, 2, 3).bytes());
    assertEquals(6, Spec.of(DType.U8, 2, 3).bytes());
    assertEquals("[2, 3] f32", Spec.of(DType.F32, 2, 3).toString());
  }
}

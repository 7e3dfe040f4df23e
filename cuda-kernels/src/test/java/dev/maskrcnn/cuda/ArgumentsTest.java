package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ArgumentsTest {
  @Test
  void valuesLieWhereThePointersPoint() {
    try (Arguments a = new Arguments()) {
      a.pointer(0x7fee_dead_beefL).integer(-2).longInteger(1L << 40).number(-0.5f).flag(true);
      a.doubleNumber(-0.1);
      assertEquals(6, a.count());
      assertEquals(0x7fee_dead_beefL, a.bits(0));
      assertEquals(-2, (int) a.bits(1));
      assertEquals(1L << 40, a.bits(2));
      assertEquals(-0.5f, Float.intBitsToFloat((int) a.bits(3)));
      assertEquals(1, (int) a.bits(4));
      assertEquals(-0.1, Double.longBitsToDouble(a.bits(5)));
      for (int i = 1; i < Arguments.LIMIT; i++) {
        assertEquals(a.slot(0) + 8L * i, a.slot(i));
      }
    }
  }

  @Test
  void resetStartsAnew() {
    try (Arguments a = new Arguments()) {
      a.integer(1).integer(2);
      assertEquals(1, a.reset().integer(3).count());
      assertEquals(3, (int) a.bits(0));
    }
  }

  @Test
  void tooManyAreRefused() {
    try (Arguments a = new Arguments()) {
      for (int i = 0; i < Arguments.LIMIT; i++) {
        a.integer(i);
      }
      assertThrows(CudaException.class, () -> a.integer(0));
    }
  }
}

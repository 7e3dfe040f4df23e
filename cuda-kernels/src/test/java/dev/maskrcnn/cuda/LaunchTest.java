package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LaunchTest {
  @Test
  void coversEveryElementOnce() {
    assertEquals(new Launch(1, 1, 1, 256, 0), Launch.of(1, 256));
    assertEquals(new Launch(1, 1, 1, 256, 0), Launch.of(256, 256));
    assertEquals(new Launch(2, 1, 1, 256, 0), Launch.of(257, 256));
    assertEquals(65_536, Launch.of(1L << 40, 256).gridX());
  }

  @Test
  void nothingToDoIsAnEmptyGrid() {
    assertTrue(Launch.of(0, 128).isEmpty());
    assertTrue(Launch.blocks(3, 128).grid(0, 1).isEmpty());
    assertFalse(Launch.of(1, 128).isEmpty());
  }

  @Test
  void limitsOfHardwareAreChecked() {
    assertThrows(CudaException.class, () -> Launch.blocks(1L << 31, 32));
    assertThrows(CudaException.class, () -> Launch.blocks(1, 1025));
    assertThrows(CudaException.class, () -> Launch.blocks(1, 0));
    assertThrows(CudaException.class, () -> Launch.blocks(1, 32).grid(65_536, 1));
    assertThrows(CudaException.class, () -> Launch.blocks(1, 32).shared(-1));
  }

  @Test
  void saysItsShape() {
    assertEquals("grid 5x2x1, block 64", Launch.blocks(5, 64).grid(2, 1).toString());
    assertEquals("grid 5x1x1, block 64, shared 99", Launch.blocks(5, 64).shared(99).toString());
  }
}

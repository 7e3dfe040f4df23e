package dev.maskrcnn.tensor.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class HostPoolTest {

  @Test
  void blocksAreAlignedAndLargeEnough() {
    try (HostPool pool = new HostPool()) {
      for (long bytes : new long[] {0, 1, 63, 64, 65, 1000, 4097, 1_000_003}) {
        HostMemory block = pool.allocate(bytes);
        assertEquals(0, block.address() % 64, bytes + " bytes");
        assertTrue(block.bytes() >= bytes, bytes + " bytes");
        assertTrue(block.host().capacity() >= bytes);
        assertEquals(ByteOrder.LITTLE_ENDIAN, block.host().order());
        for (int i = 0; i < bytes; i++) {
          block.host().put(i, (byte) i);
        }
        pool.free(block);
      }
    }
  }

  @Test
  void sizesGrowByAtMostAnEighth() {
    for (long bytes = 1; bytes < 1 << 20; bytes += 97) {
      long size = HostPool.sizeClass(bytes);
      assertTrue(size >= bytes && size % 64 == 0, bytes + " -> " + size);
      assertTrue(size <= Math.max(bytes + 64, bytes * 9 / 8 + 1), bytes + " -> " + size);
    }
  }

  @Test
  void freedBlockIsHandedOutAgain() {
    try (HostPool pool = new HostPool()) {
      HostMemory first = pool.allocate(10_000);
      long reserved = pool.reservedBytes();
      pool.free(first);
      assertEquals(reserved, pool.reservedBytes());
      assertSame(first, pool.allocate(9_900));
      assertNotSame(first, pool.allocate(9_900));
      assertTrue(pool.reservedBytes() > reserved);
    }
  }

  @Test
  void muchLargerBlockIsNotWasted() {
    try (HostPool pool = new HostPool()) {
      HostMemory large = pool.allocate(100_000);
      pool.free(large);
      HostMemory small = pool.allocate(1_000);
      assertNotSame(large, small);
      assertSame(large, pool.allocate(60_000));
    }
  }

  @Test
  void smallestThatFitsIsTaken() {
    try (HostPool pool = new HostPool()) {
      HostMemory large = pool.allocate(19_000);
      HostMemory medium = pool.allocate(12_000);
      pool.free(large);
      pool.free(medium);
      assertSame(medium, pool.allocate(11_000));
    }
  }

  @Test
  void closingReturnsWhatIsIdle() {
    HostPool pool = new HostPool();
    pool.free(pool.allocate(5_000));
    pool.free(pool.allocate(50_000));
    assertTrue(pool.reservedBytes() > 55_000);
    pool.close();
    assertEquals(0, pool.reservedBytes());
  }
}

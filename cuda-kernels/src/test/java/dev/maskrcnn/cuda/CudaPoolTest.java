package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The caching pool, which real devices use, and the exact one of the emulation. */
class CudaPoolTest {
  private Device device;
  private CudaPool pool;

  @BeforeEach
  void open() {
    device = CudaTestDevice.open();
    pool = new CudaPool(CudaTestDevice.runtime(device), true);
  }

  @AfterEach
  void close() {
    if (device != null) {
      pool.close();
      device.close();
    }
  }

  @Test
  void freedBlocksAreHandedOutAgain() {
    CudaMemory a = pool.allocate(1000);
    assertEquals(0, a.address() % 256);
    assertTrue(a.bytes() >= 1000);
    pool.free(a);
    assertEquals(a.bytes(), pool.idleBytes());
    assertEquals(a.address(), pool.allocate(900).address());
    assertEquals(0, pool.idleBytes());
    assertEquals(1, pool.blocks());
    pool.free(a);
  }

  @Test
  void blocksInUseAreNotSharedOut() {
    CudaMemory a = pool.allocate(512);
    CudaMemory b = pool.allocate(512);
    assertNotEquals(a.address(), b.address());
    assertEquals(2, pool.blocks());
    pool.free(a);
    pool.free(b);
  }

  /** Small requests may take a block twice as large, large ones one a quarter larger. */
  @Test
  void blocksThatWasteMuchAreLeft() {
    CudaMemory large = pool.allocate(16 << 20);
    CudaMemory small = pool.allocate(8192);
    pool.free(large);
    pool.free(small);
    CudaMemory other = pool.allocate(10 << 20);
    assertNotEquals(large.address(), other.address());
    CudaMemory fitting = pool.allocate(14 << 20);
    assertEquals(large.address(), fitting.address());
    CudaMemory half = pool.allocate(4096);
    assertEquals(small.address(), half.address());
    pool.free(other);
    pool.free(fitting);
    pool.free(half);
  }

  @Test
  void sizesAreRoundedByAtMostAnEighth() {
    for (long n = 1; n < 1L << 40; n = n * 3 / 2 + 1) {
      long size = CudaPool.sizeClass(n);
      assertTrue(size >= n, () -> "size class " + size);
      assertTrue(size - n <= Math.max(511, n / 8), n + " became " + size);
      assertEquals(0, size % 512);
    }
  }

  @Test
  void outOfMemoryGivesIdleBlocksBackAndSaysWhatIsReserved() {
    CudaMemory kept = pool.allocate(1 << 20);
    pool.free(pool.allocate(2 << 20));
    long huge = 1L << 45;
    CudaException e = assertThrows(CudaException.class, () -> pool.allocate(huge));
    assertEquals(0, pool.idleBytes());
    assertEquals(1 << 20, pool.reservedBytes());
    String said = e.getMessage();
    assertTrue(said.contains("out of memory, 35,184,372,088,832 bytes"), said);
    assertTrue(said.contains("1,048,576 bytes (1.0 MiB) are reserved in 1 blocks"), said);
    assertTrue(said.contains("are free"), said);
    assertEquals(1, said.lines().count());
    pool.free(kept);
  }

  @Test
  void closeGivesEverythingBack() {
    pool.free(pool.allocate(100));
    pool.free(pool.allocate(1 << 22));
    pool.close();
    assertEquals(0, pool.reservedBytes());
    assertEquals(0, pool.blocks());
  }

  @Test
  void theExactPoolKeepsNothing() {
    CudaPool exact = new CudaPool(CudaTestDevice.runtime(device), false);
    CudaMemory block = exact.allocate(123);
    assertEquals(123, block.bytes());
    assertEquals(123, exact.reservedBytes());
    exact.free(block);
    assertEquals(0, exact.reservedBytes());
  }
}

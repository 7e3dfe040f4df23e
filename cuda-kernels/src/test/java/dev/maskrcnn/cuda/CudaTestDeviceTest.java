package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.device.DeviceException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** A device that does not open: its tests are skipped, or fail where it is required. */
class CudaTestDeviceTest {
  private final String device = System.getProperty("cuda.device");
  private final String required = System.getProperty("cuda.required");

  /** A number that no machine has, of the kind that the other tests of this process use. */
  @BeforeEach
  void ask() {
    System.setProperty("cuda.device", CudaTestDevice.name().replaceFirst(":.*", "") + ":99");
  }

  @AfterEach
  void restore() {
    set("cuda.device", device);
    set("cuda.required", required);
  }

  private static void set(String key, String value) {
    if (value == null) {
      System.clearProperty(key);
    } else {
      System.setProperty(key, value);
    }
  }

  @Test
  void itIsSkippedWithTheReason() {
    System.clearProperty("cuda.required");
    String said = assertThrows(TestAbortedException.class, CudaTestDevice::open).getMessage();
    assertTrue(said.contains("skipped: device cuda"), said);
  }

  @Test
  void whereItIsRequiredItIsAFailure() {
    System.setProperty("cuda.required", "true");
    String said = assertThrows(DeviceException.class, CudaTestDevice::open).getMessage();
    assertTrue(said.startsWith("device cuda"), said);
  }
}

package dev.maskrcnn.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuSettingsTest {
  private static final DeviceOptions NONE = DeviceOptions.none();
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  @Test
  void theEnvironmentSaysHowManyThreads() {
    assertEquals(CORES, CpuSettings.threads(NONE, Optional.empty()));
    assertEquals(CORES, CpuSettings.threads(NONE, Optional.of(" ")));
    assertEquals(3, CpuSettings.threads(NONE, Optional.of(" 3 ")));
    assertEquals(2, CpuSettings.threads(NONE, Optional.of("2,1")));
    assertEquals(
        1, CpuSettings.threads(NONE.with(DeviceSetting.THREADS, 1), Optional.of("nonsense")));
  }

  /** Each thread has a stack: so many do not start. */
  @ParameterizedTest
  @ValueSource(strings = {"100000", "99999999999999999999"})
  void theEnvironmentMayAskForTooManyThreads(String value) {
    assertEquals(8 * CORES, CpuSettings.threads(NONE, Optional.of(value)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "abc", "1.5", ",2", "0x2"})
  void theEnvironmentMakesNoSense(String value) {
    DeviceException e =
        assertThrows(DeviceException.class, () -> CpuSettings.threads(NONE, Optional.of(value)));
    assertEquals(
        "environment variable OMP_NUM_THREADS: " + value + ", expected a whole number >= 1",
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "abc", "99999999999999999999"})
  void anOptionMakesNoSense(String value) {
    DeviceException e = refused(value);
    assertEquals("maskrcnn.threads: " + value + ", expected a whole number >= 1", e.getMessage());
  }

  @Test
  void anOptionAsksForTooManyThreads() {
    assertEquals(
        "maskrcnn.threads: 100000, expected at most %s on this machine of %s cores"
            .formatted(8 * CORES, CORES),
        refused("100000").getMessage());
  }

  private static DeviceException refused(String threads) {
    DeviceOptions options = NONE.with(DeviceSetting.THREADS, threads);
    return assertThrows(DeviceException.class, () -> Device.open("cpu", options));
  }

  /** The transforms of Winograd and the direct sum differ in the last bits. */
  @Test
  void devicesOfOneProgramMayDiffer() {
    DeviceOptions direct = NONE.with(DeviceSetting.WINOGRAD, false);
    try (Device one = Device.open("cpu", NONE);
        Device two = Device.open("cpu", direct);
        Device three = Device.open("cpu", direct.with(DeviceSetting.WINOGRAD_CHUNK, 7))) {
      float[] transformed = convolution(one);
      float[] summed = convolution(two);
      assertFalse(Arrays.equals(transformed, summed), "both computed in one way");
      for (int i = 0; i < summed.length; i++) {
        assertEquals(summed[i], transformed[i], 1e-4f);
      }
      assertEquals(Arrays.toString(summed), Arrays.toString(convolution(three)));
    }
  }

  private static float[] convolution(Device device) {
    SplittableRandom random = new SplittableRandom(1);
    Tensor x = noise(device, random, Shape.of(1, 24, 24, 32));
    Tensor w = noise(device, random, Shape.of(32, 3, 3, 32));
    return device
        .dispatch(new Conv2d(Window.of(1, 1), Epilogue.NONE), List.of(x, w))
        .get(0)
        .toFloats();
  }

  private static Tensor noise(Device device, SplittableRandom random, Shape shape) {
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble() - 0.5f;
    }
    return device.of(shape, values);
  }

  /** What libgomp uses in this thread for the device that computed last. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void eachDeviceHasItsOwnThreads() {
    DeviceOptions direct = NONE.with(DeviceSetting.WINOGRAD, false);
    try (Device one = Device.open("cpu", direct.with(DeviceSetting.THREADS, 1));
        Device three = Device.open("cpu", direct.with(DeviceSetting.THREADS, 3))) {
      convolution(one);
      assertEquals(1, threadsOfOpenMp());
      convolution(three);
      assertEquals(3, threadsOfOpenMp());
      convolution(one);
      assertEquals(1, threadsOfOpenMp());
    }
  }

  private static int threadsOfOpenMp() {
    return OpenMp.library()
        .orElseThrow()
        .getFunction("omp_get_max_threads")
        .invokeInt(new Object[0]);
  }
}

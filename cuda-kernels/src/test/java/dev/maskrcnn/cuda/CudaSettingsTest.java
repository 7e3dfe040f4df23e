package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaSettingsTest {
  private static final DeviceOptions NONE = DeviceOptions.none();

  @Test
  void defaults() {
    assertEquals(
        new CudaSettings(false, false, 1L << 30, 8, Optional.empty()), CudaSettings.of(NONE, true));
    Path file = CudaSettings.of(NONE, false).cache().orElseThrow();
    assertEquals(
        Path.of("maskrcnn/cudnn-algorithms.txt"),
        file.subpath(file.getNameCount() - 2, file.getNameCount()));
  }

  @Test
  void fromOptions() {
    DeviceOptions all =
        NONE.with(DeviceSetting.CUDA_TF32, true)
            .with(DeviceSetting.CUDA_DETERMINISTIC, true)
            .with(DeviceSetting.CUDA_WORKSPACE, 64)
            .with(DeviceSetting.CUDA_SEARCH, 0)
            .with(DeviceSetting.CUDA_CACHE, "here.txt");
    assertEquals(
        new CudaSettings(true, true, 64L << 20, 0, Optional.of(Path.of("here.txt"))),
        CudaSettings.of(all, true));
    DeviceOptions off = all.with(DeviceSetting.CUDA_CACHE, "off");
    assertEquals(Optional.empty(), CudaSettings.of(off, false).cache());
  }

  @ParameterizedTest
  @CsvSource({
    "CUDA_TF32, yes, 'maskrcnn.cuda.tf32: yes, expected true or false'",
    "CUDA_WORKSPACE, much, 'maskrcnn.cuda.workspace: much, expected a whole number >= 0'",
    "CUDA_SEARCH, -1, 'maskrcnn.cuda.search: -1, expected a whole number >= 0'"
  })
  void mistakes(DeviceSetting setting, String value, String message) {
    DeviceOptions wrong = NONE.with(setting, value);
    assertEquals(
        message,
        assertThrows(DeviceException.class, () -> CudaSettings.of(wrong, true)).getMessage());
  }
}

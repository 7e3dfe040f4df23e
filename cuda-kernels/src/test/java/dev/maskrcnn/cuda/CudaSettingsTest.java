package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaSettingsTest {
  @AfterEach
  void clear() {
    for (String key : new String[] {"tf32", "deterministic", "workspace", "search", "cache"}) {
      System.clearProperty("maskrcnn.cuda." + key);
    }
  }

  @Test
  void defaults() {
    assertEquals(
        new CudaSettings(false, false, 1L << 30, 8, Optional.empty()), CudaSettings.of(true));
    Path file = CudaSettings.of(false).cache().orElseThrow();
    assertEquals(
        Path.of("maskrcnn/cudnn-algorithms.txt"),
        file.subpath(file.getNameCount() - 2, file.getNameCount()));
  }

  @Test
  void fromProperties() {
    System.setProperty("maskrcnn.cuda.tf32", "true");
    System.setProperty("maskrcnn.cuda.deterministic", "true");
    System.setProperty("maskrcnn.cuda.workspace", "64");
    System.setProperty("maskrcnn.cuda.search", "0");
    System.setProperty("maskrcnn.cuda.cache", "here.txt");
    assertEquals(
        new CudaSettings(true, true, 64L << 20, 0, Optional.of(Path.of("here.txt"))),
        CudaSettings.of(true));
    System.setProperty("maskrcnn.cuda.cache", "off");
    assertEquals(Optional.empty(), CudaSettings.of(false).cache());
  }

  @ParameterizedTest
  @CsvSource({
    "tf32, yes, 'maskrcnn.cuda.tf32: yes, expected true or false'",
    "workspace, much, 'maskrcnn.cuda.workspace: much, expected a whole number'",
    "search, -1, 'maskrcnn.cuda.search: -1, expected >= 0'"
  })
  void mistakes(String key, String value, String message) {
    System.setProperty("maskrcnn.cuda." + key, value);
    assertEquals(
        message, assertThrows(CudaException.class, () -> CudaSettings.of(true)).getMessage());
  }
}

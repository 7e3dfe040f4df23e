package dev.maskrcnn.detection.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected texts are what CPython 3.11 prints for the same numbers. */
class PythonTextTest {
  @ParameterizedTest
  @CsvSource({
    "0.125, 2, 0.12",
    "0.375, 2, 0.38",
    "0.00005, 4, 0.0001",
    "0.00015, 4, 0.0001",
    "2.5, 0, 2",
    "3508.4, 0, 3508",
    "-0.00001, 4, -0.0000",
    "1e22, 1, 10000000000000000000000.0",
    "NaN, 4, nan",
    "-Infinity, 4, -inf"
  })
  void fixed(double value, int decimals, String expected) {
    assertEquals(expected, PythonText.fixed(value, decimals));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|0:00:00",
        "16935|4:42:15",
        "86399|23:59:59",
        "86400|1 day, 0:00:00",
        "200000.5|2 days, 7:33:20.500000",
        "1.000001|0:00:01.000001",
        "0.0000004|0:00:00",
        "NaN|nan"
      })
  void duration(double seconds, String expected) {
    assertEquals(expected, PythonText.duration(seconds));
  }
}

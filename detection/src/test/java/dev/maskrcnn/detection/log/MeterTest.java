package dev.maskrcnn.detection.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class MeterTest {
  @Test
  void valuesOfTheOriginalsUnitTest() {
    Meter meter = new Meter();
    for (int i = 0; i < 10; i++) {
      meter.update(i);
    }
    assertEquals(4, meter.median());
    assertEquals(4.5, meter.average());
    assertEquals(10, meter.count());
    assertEquals(45, meter.total());
    assertEquals(9, meter.latest());
    assertEquals("4.0000 (4.5000)", meter.toString());
  }

  @Test
  void medianLooksBackTwentyValues() {
    Meter meter = new Meter();
    for (int i = 0; i < 100; i++) {
      meter.update(i);
    }
    assertEquals(89, meter.median(), "lower middle of 80..99");
    assertEquals(49.5, meter.average());
    assertEquals(89.5, meter.windowAverage());
  }

  @Test
  void emptyAndNaN() {
    Meter meter = new Meter(3);
    assertTrue(Double.isNaN(meter.median()));
    assertTrue(Double.isNaN(meter.average()));
    assertTrue(Double.isNaN(meter.latest()));
    meter.update(Double.NaN);
    meter.update(1);
    assertTrue(Double.isNaN(meter.median()));
    for (int i = 0; i < 3; i++) {
      meter.update(2);
    }
    assertEquals(2, meter.median(), "the NaN has left the window");
    assertEquals("2.0000 (nan)", meter.toString());
    assertThrows(IllegalArgumentException.class, () -> new Meter(0));
  }

  @Test
  void metersKeepTheOrderOfTheFirstUpdate() {
    Meters meters = new Meters();
    meters.update("loss", 1);
    meters.update("a", 2);
    meters.update(Map.of("loss", 3.0));
    assertEquals("loss: 1.0000 (2.0000)  a: 2.0000 (2.0000)", meters.toString());
    assertEquals(0, meters.meter("absent").count());
  }
}

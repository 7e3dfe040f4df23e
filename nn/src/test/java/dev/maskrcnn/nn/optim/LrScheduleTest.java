package dev.maskrcnn.nn.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.nn.optim.LrSchedule.Method;
import dev.maskrcnn.nn.optim.LrSchedule.Negative;
import dev.maskrcnn.nn.optim.LrSchedule.Warmup;
import dev.maskrcnn.tensor.TestData;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LrScheduleTest {
  private static LrSchedule of(JsonNode table) {
    long[] steps =
        StreamSupport.stream(table.get("STEPS").spliterator(), false)
            .mapToLong(JsonNode::asLong)
            .toArray();
    Warmup warmup =
        new Warmup(
            Method.named(table.get("WARMUP_METHOD").asText()),
            table.get("WARMUP_FACTOR").asDouble(),
            table.get("WARMUP_ITERS").asLong());
    return LrSchedule.of(warmup, table.get("GAMMA").asDouble(), steps);
  }

  /** Tables recorded from the NVIDIA and Facebook schedulers, relative 1e-12. */
  @Test
  void recordedTables() {
    int rows = 0;
    for (JsonNode table : TestData.json("goldens/11_lr_schedules/case.json").get("tables")) {
      LrSchedule clamped = of(table);
      LrSchedule raw = clamped.withNegative(Negative.KEEP);
      double weights = table.get("BASE_LR").asDouble();
      double bias = weights * table.get("BIAS_LR_FACTOR").asDouble();
      for (JsonNode row : table.get("rows")) {
        long t = row.get(0).asLong();
        String what = table.get("name").asText() + " at " + t;
        near(row.get(1).asDouble(), raw.rate(t, weights), what + " weights");
        near(row.get(2).asDouble(), raw.rate(t, bias), what + " bias");
        near(Math.max(0, row.get(1).asDouble()), clamped.rate(t, weights), what + " clamped");
        near(Math.max(0, row.get(2).asDouble()), clamped.rate(t, bias), what + " clamped bias");
        rows++;
      }
    }
    assertTrue(rows > 300, "only " + rows + " rows");
  }

  private static void near(double expected, double got, String what) {
    assertEquals(expected, got, 1e-12 * Math.abs(expected), what);
  }

  @Test
  void detectron2WarmupMultiStep() {
    JsonNode wanted = TestData.json("cases/detectron2/lr_warmup_multistep.json");
    JsonNode in = wanted.get("inputs");
    Warmup warmup =
        new Warmup(
            Method.LINEAR, in.get("warmup_factor").asDouble(), in.get("warmup_iters").asLong());
    LrSchedule schedule = LrSchedule.of(warmup, in.get("gamma").asDouble(), 10, 15, 20);
    JsonNode rates = wanted.get("expected").get("lr");
    assertEquals(31, rates.size());
    for (int t = 0; t < rates.size(); t++) {
      double expected = rates.get(t).asDouble();
      assertEquals(expected, schedule.rate(t, 5), 1e-8 + 1e-5 * expected, "update " + t);
    }
  }

  /** Values printed by the original, system inventory appendix C. */
  @ParameterizedTest
  @CsvSource({
    "linear,        1e-4,   800, 12000, 16000, .12,   0,     1.2e-5",
    "linear,        1e-4,   800, 12000, 16000, .12,   1,     1.61985e-4",
    "linear,        1e-4,   800, 12000, 16000, .12,   20,    .0030117",
    "linear,        1e-4,   800, 12000, 16000, .12,   400,   .060006",
    "linear,        1e-4,   800, 12000, 16000, .12,   799,   .119850015",
    "linear,        1e-4,   800, 12000, 16000, .12,   800,   .12",
    "linear,        1e-4,   800, 12000, 16000, .12,   12000, .012",
    "linear,        1e-4,   800, 12000, 16000, .12,   16000, .0012",
    "mlperf_linear, 1e-4,   800, 18000, 24000, .08,   0,     0",
    "mlperf_linear, 1e-4,   800, 18000, 24000, .08,   1,     1e-4",
    "mlperf_linear, 1e-4,   800, 18000, 24000, .08,   400,   .04",
    "mlperf_linear, 1e-4,   800, 18000, 24000, .08,   800,   .08",
    "mlperf_linear, 1e-4,   800, 18000, 24000, .08,   18000, .008",
    "mlperf_linear, 6.4e-5, 625, 33000, 44000, .005,  560,   .00084",
    "mlperf_linear, 6.4e-5, 625, 33000, 44000, .005,  0,     0",
    "linear,        .3333333333333333, 500, 60000, 80000, .02, 0,   .006666666666666667",
    "linear,        .3333333333333333, 500, 60000, 80000, .02, 20,  .0072",
    "linear,        .3333333333333333, 500, 60000, 80000, .02, 250, .013333333333333333",
    "linear,        .3333333333333333, 500, 60000, 80000, .02, 500, .02"
  })
  void knownRates(
      String method, double factor, long iters, long s1, long s2, double base, long t, double lr) {
    LrSchedule schedule =
        LrSchedule.of(new Warmup(Method.named(method), factor, iters), .1, s1, s2);
    assertEquals(lr, schedule.rate(t, base), 1e-12);
  }

  /** The seed's log line: update 20 (t = 19) of the 0.04 recipe printed lr 0.014347. */
  @Test
  void seedLogLine() {
    LrSchedule schedule = LrSchedule.of(new Warmup(Method.LINEAR, 1 / 3., 500), .1, 36000, 48000);
    assertEquals(.014347, schedule.rate(19, .04), 5e-7);
  }

  @Test
  void refusesNonsense() {
    String named =
        assertThrows(LrScheduleException.class, () -> Method.named("Linear")).getMessage();
    assertTrue(named.contains("\"Linear\"") && named.contains("mlperf_linear"), named);
    assertThrows(LrScheduleException.class, () -> new Warmup(Method.LINEAR, -1, 5));
    assertThrows(LrScheduleException.class, () -> new Warmup(Method.LINEAR, Double.NaN, 5));
    assertThrows(LrScheduleException.class, () -> new Warmup(Method.LINEAR, 1, -5));
    assertThrows(LrScheduleException.class, () -> LrSchedule.of(Warmup.NONE, 0));
    assertThrows(LrScheduleException.class, () -> LrSchedule.of(Warmup.NONE, .1, -1));
    String steps =
        assertThrows(LrScheduleException.class, () -> LrSchedule.of(Warmup.NONE, .1, 20, 10))
            .getMessage();
    assertTrue(steps.contains("[20, 10]"), steps);
    assertThrows(LrScheduleException.class, () -> LrSchedule.of(Warmup.NONE, .1).rate(-1, 1));
  }

  @Test
  void isAValue() {
    long[] steps = {5, 9};
    LrSchedule schedule = LrSchedule.of(Warmup.NONE, .1, steps);
    steps[0] = 0;
    schedule.milestones()[0] = 0;
    assertEquals(1, schedule.rate(4, 1));
    assertEquals(LrSchedule.of(Warmup.NONE, .1, 5, 9), schedule);
    assertNotEquals(LrSchedule.of(Warmup.NONE, .1, 5, 8), schedule);
  }
}

package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SolverSettingsTest {
  @Test
  void ratesAreThoseOfTheOriginalOneUpdateBack() {
    // Recorded: update t uses 0: 1.2e-5, 1: 1.6198e-4, 799: .11985, 800: .12, 12000: .012.
    SolverSettings s =
        SolverSettings.of(BuiltinConfigs.load("e2e_mask_rcnn_R_50_FPN_1x"), OptionalInt.empty());
    assertEquals(1.2e-5, s.rate(1), 1e-12);
    assertEquals(1.6198e-4, s.rate(2), 1e-8);
    assertEquals(.11985, s.rate(800), 1e-6);
    assertEquals(.12, s.rate(801), 1e-12);
    assertEquals(.012, s.rate(12001), 1e-12);
    assertEquals(16667, s.end());
  }

  @Test
  void seedsOwnLine() {
    // The seed's log: iteration 20 of the batch-32 recipe has lr 0.014347.
    SolverSettings s =
        SolverSettings.of(
            BuiltinConfigs.load("e2e_mask_rcnn_R_50_FPN_1x_bs32"), OptionalInt.empty());
    assertEquals(0.014347, s.rate(20), 5e-7);
  }

  @Test
  void accumulationCountsUpdates() {
    Config config =
        Config.defaults()
            .merge(List.of("SOLVER.ACCUMULATE_GRAD", "True", "SOLVER.ACCUMULATE_STEPS", "4"));
    SolverSettings s = SolverSettings.of(config, OptionalInt.of(12));
    assertEquals(12, s.end());
    assertEquals(4, s.accumulate());
    assertFalse(s.updates(3));
    assertTrue(s.updates(4));
    assertEquals(0, s.updateOf(4));
    assertEquals(1, s.updateOf(5));
    assertEquals(s.rate(1), s.rate(4));
    SolverSettings off =
        SolverSettings.of(
            config.merge(List.of("SOLVER.ACCUMULATE_GRAD", "False")), OptionalInt.empty());
    assertEquals(1, off.accumulate());
    assertTrue(off.updates(1));
  }
}

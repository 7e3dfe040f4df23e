package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Family;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SolverSettingsTest {

  /** detectron2's and torchvision's optimisers know no difference. */
  @Test
  void biasesOfOtherFamiliesAreLikeOtherWeights() {
    Config c = Config.defaults().with("MODEL.CONVENTIONS", "detectron2");
    SolverSettings s = SolverSettings.of(c, OptionalInt.empty());
    assertEquals(1, s.sgd().biasRateFactor());
    assertEquals(s.sgd().weightDecay(), s.sgd().biasWeightDecay());
    SolverSettings own = SolverSettings.of(c.with("SOLVER.BIAS_LR_FACTOR", 3), OptionalInt.empty());
    assertEquals(3, own.sgd().biasRateFactor());
  }

  /** Also a value that equals the default counts once it is given. */
  @ParameterizedTest
  @ValueSource(strings = {"detectron2", "torchvision", "maskrcnn_benchmark"})
  void whatTheUserGivesCounts(String family) {
    Config c =
        Config.defaults()
            .merge(
                List.of(
                    "MODEL.CONVENTIONS", family,
                    "SOLVER.WEIGHT_DECAY_BIAS", "0",
                    "SOLVER.BIAS_LR_FACTOR", "2"));
    SolverSettings s = SolverSettings.of(c, OptionalInt.empty());
    assertEquals(2, s.sgd().biasRateFactor());
    assertEquals(0, s.sgd().biasWeightDecay());
  }

  /** A resumed run reads all values from its checkpoint, defaults of the family among them. */
  @Test
  void defaultsOfAFamilySurviveBeingWritten() {
    Config c =
        Family.withDefaults(
            Config.defaults().with("MODEL.CONVENTIONS", "detectron2").with("SOLVER.GAMMA", 0.2));
    Config again = Config.defaults().mergeYaml(c.toYaml(), "checkpoint");
    assertEquals(
        SolverSettings.of(c, OptionalInt.empty()), SolverSettings.of(again, OptionalInt.empty()));
    assertEquals(1, SolverSettings.of(again, OptionalInt.empty()).sgd().biasRateFactor());
  }

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

  /** The table recorded with golden 09: updates of the loop that tests (iteration + 1) % N. */
  @Test
  void originalsFirstUpdateIsEarly() {
    assertUpdates(2, 0, 1, 3, 5, 7, 9, 11, 13);
    assertUpdates(3, 2, 2, 5, 8, 11);
    assertUpdates(4, 2, 3, 7, 11);
    assertUpdates(1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
  }

  private static void assertUpdates(int steps, int leftOver, int... expected) {
    Config config =
        Config.defaults()
            .merge(List.of("SOLVER.ACCUMULATE_GRAD", "True", "SOLVER.ACCUMULATE_COMPAT", "True"))
            .with("SOLVER.ACCUMULATE_STEPS", steps);
    SolverSettings s = SolverSettings.of(config, OptionalInt.of(13));
    assertArrayEquals(expected, IntStream.rangeClosed(1, 13).filter(s::updates).toArray());
    for (int i = 0; i < expected.length; i++) {
      assertEquals(i, s.updateOf(expected[i]));
    }
    assertEquals(leftOver, s.leftOver());
  }
}

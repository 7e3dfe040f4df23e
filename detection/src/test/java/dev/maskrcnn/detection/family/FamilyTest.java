package dev.maskrcnn.detection.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigException;
import dev.maskrcnn.detection.image.Resampling;
import dev.maskrcnn.detection.image.ResizeRule.Rounding;
import dev.maskrcnn.detection.weights.Checkpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class FamilyTest {
  private static final String KEY = "MODEL.CONVENTIONS";
  private static final String EPSILON = "MODEL.RESNETS.FROZEN_NORM_EPSILON";

  @Test
  void withoutTheKeyAllIsTheOriginals() {
    Config c = Config.defaults();
    assertEquals(Conventions.MASKRCNN_BENCHMARK, Family.conventions(c));
    assertEquals(Resampling.PILLOW, Family.of(c).resampling());
    assertEquals(Rounding.MASKRCNN_BENCHMARK, Family.resize(c, 800, 1333).rounding());
  }

  @Test
  void torchvisionHasItsOwnModelAndImages() {
    Config c = Config.defaults().with(KEY, "torchvision");
    assertEquals(Conventions.TORCHVISION, Family.conventions(c));
    assertEquals(0, Family.conventions(c.with(EPSILON, 0.0)).weights().normEpsilon());
    assertEquals(Resampling.TENSOR_FLOATS, Family.of(c).resampling());
    assertEquals(Rounding.TORCHVISION, Family.resize(c, 800, 1333).rounding());
    Config old = c.with("INPUT.SIZES_IN_FLOAT32", true);
    assertEquals(Rounding.TORCHVISION_FLOAT, Family.resize(old, 800, 1333).rounding());
  }

  @Test
  void detectron2RoundsAndAlignsInItsOwnWay() {
    Config c = Config.defaults().with(KEY, "detectron2");
    assertEquals(Conventions.DETECTRON2, Family.conventions(c));
    assertEquals(Resampling.PILLOW, Family.of(c).resampling());
    assertEquals(Rounding.DETECTRON2, Family.resize(c, 800, 1333).rounding());
  }

  @Test
  void otherValuesAreRefused() {
    Config c = Config.defaults().with(KEY, "mmdetection");
    String message = assertThrows(ConfigException.class, () -> Family.conventions(c)).getMessage();
    assertTrue(message.contains("mmdetection") && message.contains("torchvision"), message);
    assertThrows(ConfigException.class, () -> Config.defaults().with(EPSILON, -0.5));
  }

  /** The original's test batch is part of its numbers; the others test one image at a time. */
  @Test
  void testBatch() {
    Config c = Config.defaults();
    String key = "TEST.IMS_PER_BATCH";
    assertEquals(8, Family.withDefaults(c).integer(key));
    assertEquals(1, Family.withDefaults(c.with(KEY, "torchvision")).integer(key));
    assertEquals(1, Family.withDefaults(c.with(KEY, "detectron2")).integer(key));
    assertEquals(4, Family.withDefaults(c.with(KEY, "detectron2").with(key, 4)).integer(key));
    assertEquals(1, Family.TORCHVISION.published().integer(key));
  }

  @Test
  void recipesKeepTheRulesOfTheWeights() {
    Config own = Config.defaults().with(KEY, "torchvision").with("INPUT.TO_BGR255", false);
    Config recipe = Config.defaults().with("INPUT.TO_BGR255", true);
    Config both = Family.underRulesOf(own, recipe);
    assertEquals("torchvision", both.text(KEY));
    assertTrue(both.flag("INPUT.TO_BGR255"));
  }

  private static Checkpoint.Description weights(Optional<Config> config) {
    return new Checkpoint.Description(
        Path.of("w.safetensors"),
        OptionalInt.empty(),
        OptionalLong.empty(),
        config,
        List.of(),
        OptionalInt.empty());
  }

  @Test
  void weightsOfOtherRulesAreNamedWithWhatKeepsThem() {
    Config run = Config.defaults();
    assertEquals(Optional.empty(), weights(Optional.empty()).differences(run));
    Config same = run.with("SOLVER.BASE_LR", 0.5);
    assertEquals(Optional.empty(), weights(Optional.of(same)).differences(run));
    Config other = run.with(KEY, "torchvision").with("INPUT.TO_BGR255", false);
    assertEquals(
        Optional.of(
            "w.safetensors: the weights were trained under other rules; to keep them, add:"
                + " MODEL.CONVENTIONS \"torchvision\" INPUT.TO_BGR255 False"),
        weights(Optional.of(other)).differences(run));
  }
}

package dev.maskrcnn.detection.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigException;
import dev.maskrcnn.detection.image.Resampling;
import dev.maskrcnn.detection.image.ResizeRule.Rounding;
import dev.maskrcnn.detection.model.Conventions;
import dev.maskrcnn.detection.weights.Checkpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class FamiliesTest {
  private static final String KEY = "MODEL.CONVENTIONS";
  private static final String EPSILON = "MODEL.RESNETS.FROZEN_NORM_EPSILON";

  @Test
  void withoutTheKeyAllIsTheOriginals() {
    Config c = Config.defaults();
    assertEquals(Conventions.MASKRCNN_BENCHMARK, Families.conventions(c));
    assertEquals(Resampling.PILLOW, Families.resampling(c));
    assertEquals(Rounding.MASKRCNN_BENCHMARK, Families.resize(c, 800, 1333).rounding());
  }

  @Test
  void torchvisionHasItsOwnModelAndImages() {
    Config c = Config.defaults().with(KEY, "torchvision");
    assertEquals(Conventions.TORCHVISION, Families.conventions(c));
    assertEquals(0, Families.conventions(c.with(EPSILON, 0.0)).normEpsilon());
    assertEquals(Resampling.TENSOR_FLOATS, Families.resampling(c));
    assertEquals(Rounding.TORCHVISION, Families.resize(c, 800, 1333).rounding());
  }

  @Test
  void detectron2RoundsAndAlignsInItsOwnWay() {
    Config c = Config.defaults().with(KEY, "detectron2");
    assertEquals(Conventions.DETECTRON2, Families.conventions(c));
    assertEquals(Resampling.PILLOW, Families.resampling(c));
    assertEquals(Rounding.DETECTRON2, Families.resize(c, 800, 1333).rounding());
  }

  @Test
  void otherValuesAreRefused() {
    Config c = Config.defaults().with(KEY, "mmdetection");
    String message = assertThrows(RunException.class, () -> Families.conventions(c)).getMessage();
    assertTrue(message.contains("mmdetection") && message.contains("torchvision"), message);
    assertThrows(ConfigException.class, () -> Config.defaults().with(EPSILON, -0.5));
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
    assertEquals(Optional.empty(), Families.differences(run, weights(Optional.empty())));
    Config same = run.with("SOLVER.BASE_LR", 0.5);
    assertEquals(Optional.empty(), Families.differences(run, weights(Optional.of(same))));
    Config other = run.with(KEY, "torchvision").with("INPUT.TO_BGR255", false);
    assertEquals(
        Optional.of(
            "w.safetensors: the weights were trained under other rules; to keep them, add:"
                + " MODEL.CONVENTIONS \"torchvision\" INPUT.TO_BGR255 False"),
        Families.differences(run, weights(Optional.of(other))));
  }
}

package dev.maskrcnn.detection.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class OtherSystemsTest {
  private static String refusal(String yaml) {
    return assertThrows(
            ConfigException.class, () -> Config.defaults().mergeYaml(yaml, "other.yaml"))
        .getMessage();
  }

  @Test
  void modelsThatAreNotTrainedHereAreNamed() {
    String retina = refusal("MODEL:\n  RETINANET_ON: True\n");
    assertTrue(retina.contains("RetinaNet") && retina.contains("other.yaml:2"), retina);
    String points = refusal("MODEL:\n  KEYPOINT_ON: True\n");
    assertTrue(points.contains("Keypoint R-CNN"), points);
    String deformable =
        refusal("MODEL:\n  RESNETS:\n    STAGE_WITH_DCN: (False, True, True, True)\n");
    assertTrue(deformable.contains("deformable convolutions"), deformable);
  }

  @Test
  void filesOfDetectron2AreNamed() {
    for (String yaml :
        List.of(
            "VERSION: 2\nMODEL:\n  MASK_ON: True\n",
            "MODEL:\n  ANCHOR_GENERATOR:\n    SIZES: [[32], [64]]\n",
            "MODEL:\n  RESNETS:\n    DEPTH: 50\n")) {
      assertTrue(refusal(yaml).contains("detectron2"), refusal(yaml));
    }
  }

  /** Files that Facebook's version prints hold all its keys. */
  @Test
  void whatIsSwitchedOffIsSkipped() {
    Config config =
        Config.defaults()
            .mergeYaml(
                """
                MODEL:
                  RETINANET_ON: False
                  KEYPOINT_ON: False
                  RETINANET:
                    NUM_CLASSES: 81
                  ROI_KEYPOINT_HEAD:
                    RESOLUTION: 14
                  FBNET:
                    ARCH: default
                  RESNETS:
                    STAGE_WITH_DCN: (False, False, False, False)
                    WITH_MODULATED_DCN: False
                    DEFORMABLE_GROUPS: 1
                INPUT:
                  BRIGHTNESS: 0.2
                """,
                "printed.yaml")
            .merge(List.of("MODEL.KEYPOINT_ON", "False"));
    assertEquals("INPUT:\n  BRIGHTNESS: 0.2\n", config.changesToYaml());
  }
}

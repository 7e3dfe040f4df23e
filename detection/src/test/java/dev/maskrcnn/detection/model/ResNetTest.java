package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.Scope;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.TestData;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResNetTest {
  /** Narrow, because only the number of convolutions matters. */
  private static final List<String> NARROW =
      List.of(
          "MODEL.RESNETS.STEM_OUT_CHANNELS",
          "8",
          "MODEL.RESNETS.RES2_OUT_CHANNELS",
          "16",
          "MODEL.RESNETS.WIDTH_PER_GROUP",
          "4");

  @Test
  void freezesLeadingStagesAsTorchvision() {
    JsonNode c = TestData.json("cases/torchvision/frozen_layers.json");
    for (int i = 0; i < c.at("/inputs/trainable_layers").size(); i++) {
      int learning = c.at("/inputs/trainable_layers").get(i).asInt();
      int frozen = c.at("/expected/frozen_parameters").get(i).asInt();
      Config config =
          BuiltinConfigs.load("e2e_mask_rcnn_R_50_FPN_1x")
              .merge(NARROW)
              .with("MODEL.BACKBONE.FREEZE_CONV_BODY_AT", 5 - learning);
      try (Device device = Device.reference()) {
        Scope root = Scope.root(device, 1);
        ModelSettings.of(config, Conventions.MASKRCNN_BENCHMARK)
            .backbone()
            .make(root.child("body"));
        List<Parameter> convolutions = root.state().weights();
        assertEquals(53, convolutions.size());
        for (int j = 0; j < 53; j++) {
          Parameter p = convolutions.get(j);
          assertEquals(j >= frozen, p.trainable(), p.name() + ", " + learning + " stages learn");
        }
        root.state().close();
      }
    }
  }
}

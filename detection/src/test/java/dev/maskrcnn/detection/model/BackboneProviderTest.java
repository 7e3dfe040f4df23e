package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigException;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Backbones of other jars by the name in the configuration. */
@SuppressWarnings("try") // frames free what is made in them
class BackboneProviderTest {
  private static Config config(String name, String... more) {
    return BuiltinConfigs.load("shapes_gn")
        .merge(
            List.of(
                "MODEL.BACKBONE.CONV_BODY", name,
                "MODEL.RESNETS.STEM_OUT_CHANNELS", "8",
                "MODEL.BACKBONE.OUT_CHANNELS", "32"))
        .merge(List.of(more));
  }

  private static Map<String, Shape> features(Config config) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    ModelSettings settings = ModelSettings.of(config, Conventions.MASKRCNN_BENCHMARK);
    try (Device d = Device.cpu();
        MaskRcnn model = new MaskRcnn(d, settings, 1);
        Frame frame = d.push("test")) {
      Input input =
          new Input(
              d.of(Shape.of(1, 32, 64, 3), new float[32 * 64 * 3]), d.of(Shape.of(1, 2), 32, 64));
      model.detect(input, (name, t) -> shapes.put(name, t.shape()));
      assertTrue(model.state().entries().containsKey("backbone.body.a.weight"));
    }
    shapes.keySet().removeIf(name -> !name.startsWith("features/"));
    return shapes;
  }

  @Test
  void underAPyramid() {
    Config c =
        config(
            "Plain-FPN",
            "MODEL.RPN.ANCHOR_STRIDE",
            "(4, 8, 16)",
            "MODEL.RPN.ANCHOR_SIZES",
            "(8, 16, 32)",
            "MODEL.ROI_BOX_HEAD.POOLER_SCALES",
            "(0.25, 0.125)",
            "MODEL.ROI_MASK_HEAD.POOLER_SCALES",
            "(0.25, 0.125)");
    assertEquals(
        Map.of(
            "features/0", Shape.of(1, 8, 16, 32),
            "features/1", Shape.of(1, 4, 8, 32),
            "features/2", Shape.of(1, 2, 4, 32)),
        features(c));
  }

  @Test
  void alone() {
    Config c =
        config(
            "Plain",
            "MODEL.RPN.USE_FPN",
            "False",
            "MODEL.RPN.ANCHOR_STRIDE",
            "(8,)",
            "MODEL.RPN.ANCHOR_SIZES",
            "(8, 16, 32)",
            "MODEL.ROI_BOX_HEAD.POOLER_SCALES",
            "(0.125,)",
            "MODEL.ROI_MASK_HEAD.POOLER_SCALES",
            "(0.125,)");
    assertEquals(Map.of("features/0", Shape.of(1, 4, 8, 16)), features(c));
  }

  @Test
  void stridesMustBeThoseOfTheAnchors() {
    ConfigException e = assertThrows(ConfigException.class, () -> features(config("Plain-FPN")));
    assertEquals(
        "MODEL.RPN.ANCHOR_STRIDE: the maps have strides [4, 8, 16], got [4, 8, 16, 32, 64]",
        e.getMessage());
  }

  @Test
  void anUnknownName() {
    ConfigException e = assertThrows(ConfigException.class, () -> features(config("Plane-FPN")));
    assertTrue(e.getMessage().startsWith("MODEL.BACKBONE.CONV_BODY: 'Plane-FPN', expected R-50"));
  }
}

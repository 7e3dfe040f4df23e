package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.autograd.Autocast;
import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.data.GroundTruth;
import dev.maskrcnn.detection.data.GroundTruthBuilder;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A training step in float16 on the reference kernels works with every kind of head. */
@SuppressWarnings("try") // frames free what is made in them
class HalfPrecisionStepTest {
  private static final int SIZE = 64;

  @ParameterizedTest
  @CsvSource({
    "MODEL.CLS_AGNOSTIC_BBOX_REG, True",
    "MODEL.ROI_BOX_HEAD.FEATURE_EXTRACTOR, FPNXconv1fcFeatureExtractor",
    "MODEL.ROI_BOX_HEAD.USE_GN, False",
    "MODEL.MASK_ON, False"
  })
  void trains(String key, String value) {
    Config config =
        BuiltinConfigs.load("shapes_gn")
            .merge(
                List.of(
                    "MODEL.RESNETS.STEM_OUT_CHANNELS",
                    "4",
                    "MODEL.RESNETS.RES2_OUT_CHANNELS",
                    "8",
                    "MODEL.RESNETS.WIDTH_PER_GROUP",
                    "4",
                    "MODEL.BACKBONE.OUT_CHANNELS",
                    "8",
                    "MODEL.GROUP_NORM.NUM_GROUPS",
                    "4",
                    "MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE",
                    "8",
                    "MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM",
                    "16",
                    "MODEL.ROI_BOX_HEAD.CONV_HEAD_DIM",
                    "8",
                    "MODEL.ROI_MASK_HEAD.CONV_LAYERS",
                    "(8, 8)",
                    key,
                    value));
    ModelSettings settings = ModelSettings.of(config, Conventions.MASKRCNN_BENCHMARK);
    try (Device d = Device.reference()) {
      Map<String, Float> half = losses(d, settings, Autocast.to(DType.F16));
      Map<String, Float> full = losses(d, settings, Autocast.OFF);
      assertEquals(full.keySet(), half.keySet());
      full.forEach((name, loss) -> assertEquals(loss, half.get(name), 0.05 * loss + 1e-3, name));
    }
  }

  private static Map<String, Float> losses(Device d, ModelSettings settings, Autocast precision) {
    Map<String, Float> values = new LinkedHashMap<>();
    try (MaskRcnn model = new MaskRcnn(d, settings, 1, precision);
        Frame frame = d.push("step");
        Tape tape = new Tape(d)) {
      float[] pixels = new float[SIZE * SIZE * 3];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (float) Math.sin(0.37 * i);
      }
      Input input =
          new Input(d.of(Shape.of(1, SIZE, SIZE, 3), pixels), d.of(Shape.of(1, 2), SIZE, SIZE));
      float[] box = {8, 8, 40, 40};
      double[] outline = {8, 8, 40, 8, 40, 40, 8, 40};
      GroundTruth truth = new GroundTruthBuilder().add(box, 1, List.of(outline)).build();
      Map<String, Variable> losses =
          model.losses(
              tape, input, BatchUpload.targets(d, List.of(truth)), new Draw(1, 0), Stages.NONE);
      losses.forEach((name, loss) -> values.put(name, loss.value().toFloats()[0]));
      DType type = precision.isOn() ? DType.F16 : DType.F32;
      try (Gradients gradients = tape.backward(new ArrayList<>(losses.values()))) {
        for (Parameter p : model.state().trainable()) {
          assertEquals(type, gradients.of(p).orElseThrow().spec().dtype(), p.name());
        }
      }
    }
    assertTrue(values.values().stream().allMatch(Float::isFinite), values.toString());
    return values;
  }
}

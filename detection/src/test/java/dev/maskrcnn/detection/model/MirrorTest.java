package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigException;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class MirrorTest {
  private static final int[] SIZES = {64, 50, 40, 64};

  private static Config config(String flip) {
    return BuiltinConfigs.load("shapes_gn")
        .merge(
            List.of(
                "MODEL.RESNETS.STEM_OUT_CHANNELS", "8",
                "MODEL.RESNETS.RES2_OUT_CHANNELS", "16",
                "MODEL.RESNETS.WIDTH_PER_GROUP", "8",
                "MODEL.BACKBONE.OUT_CHANNELS", "16",
                "MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM", "32",
                "MODEL.ROI_MASK_HEAD.CONV_LAYERS", "(16, 16)",
                "MODEL.RPN.PRE_NMS_TOP_N_TEST", "30",
                "MODEL.ROI_HEADS.SCORE_THRESH", "0.0",
                "MODEL.ROI_HEADS.DETECTIONS_PER_IMG", "0",
                "TEST.BBOX_AUG.ENABLED", "True",
                "TEST.BBOX_AUG.H_FLIP", flip));
  }

  /** Two images of different sizes, zero padded to 64x64. */
  private static Input input(Device d, boolean mirrored) {
    float[] pixels = new float[2 * 64 * 64 * 3];
    Philox random = new Philox(5, 0);
    for (int n = 0; n < 2; n++) {
      for (int y = 0; y < SIZES[2 * n]; y++) {
        for (int x = 0; x < SIZES[2 * n + 1]; x++) {
          int at = mirrored ? SIZES[2 * n + 1] - 1 - x : x;
          for (int c = 0; c < 3; c++) {
            int to = ((n * 64 + y) * 64 + at) * 3 + c;
            pixels[to] = 200 * random.uniform(((n * 64 + y) * 64 + x) * 3 + c) - 100;
          }
        }
      }
    }
    return new Input(d.of(Shape.of(2, 64, 64, 3), pixels), d.of(Shape.of(2, 2), SIZES));
  }

  private static List<Detections> detect(String flip, boolean mirrored) {
    ModelSettings settings = ModelSettings.of(config(flip), Conventions.MASKRCNN_BENCHMARK);
    try (Device d = Device.cpu();
        MaskRcnn model = new MaskRcnn(d, settings, 1);
        Frame frame = d.push("test")) {
      return model.detect(input(d, mirrored), Stages.NONE);
    }
  }

  @Test
  void imagesMirrorInsideTheirSizes() {
    try (Device d = Device.cpu();
        Frame frame = d.push("test")) {
      Input plain = input(d, false);
      Tensor mirrored = new Mirror(plain.sizes(), 1).images(plain).images();
      assertArrayEquals(input(d, true).images().toFloats(), mirrored.toFloats());
    }
  }

  /** An image and its mirror image have the same views, so the same is found in both. */
  @Test
  void mirroredImagesHaveMirroredDetections() {
    List<Detections> plain = detect("True", false);
    List<Detections> mirrored = detect("True", true);
    for (int n = 0; n < 2; n++) {
      Detections a = plain.get(n);
      Detections b = mirrored.get(n);
      assertTrue(a.count() > 20, "detections");
      assertEquals(a.count(), b.count());
      for (int i = 0; i < a.count(); i++) {
        assertTrue(distance(a, i, b, SIZES[2 * n + 1]) < 1e-2, "detection " + i);
      }
    }
    assertNotEquals(detect("False", false).get(0).count(), plain.get(0).count());
  }

  /** How far the mirror image of a detection is from its nearest of the same class and score. */
  private static double distance(Detections a, int i, Detections b, int width) {
    float[] p = a.boxes();
    double[] own = {width - 1 - p[4 * i + 2], p[4 * i + 1], width - 1 - p[4 * i], p[4 * i + 3]};
    double best = Double.MAX_VALUE;
    for (int j = 0; j < b.count(); j++) {
      double most = Math.abs(a.scores()[i] - b.scores()[j]) * 1e4;
      for (int c = 0; c < 4; c++) {
        most = Math.max(most, Math.abs(own[c] - b.boxes()[4 * j + c]));
      }
      best = a.labels()[i] == b.labels()[j] ? Math.min(best, most) : best;
    }
    return best;
  }

  @Test
  void candidatesOfTwoViewsLieWithoutGaps() {
    try (Device d = Device.cpu();
        Frame frame = d.push("test")) {
      Candidates both = candidates(d, 3, 0, 2, 1).and(candidates(d, 2, 100, 1, 2));
      assertArrayEquals(new int[] {3, 3}, both.proposals().counts().toInts());
      float[] rows = {0, 1, 100, 0, 0, 3, 102, 103, 0, 0};
      assertArrayEquals(rows, both.logits().toFloats());
      assertArrayEquals(rows, both.proposals().scores().toFloats());
      assertEquals(102, both.proposals().boxes().toFloats()[4 * 6]);
      assertEquals(Shape.of(10, 8), both.deltas().shape());
    }
  }

  /** Two images of k rows, numbered from the given number. */
  private static Candidates candidates(Device d, int k, int from, int... counts) {
    float[] numbers = new float[2 * k];
    float[] boxes = new float[8 * k];
    for (int i = 0; i < 2 * k; i++) {
      numbers[i] = from + i;
      boxes[4 * i] = from + i;
    }
    Proposals p =
        new Proposals(
            d.of(Shape.of(2, k, 4), boxes),
            d.of(Shape.of(2, k), numbers),
            d.of(Shape.of(2), counts));
    return new Candidates(
        p, d.of(Shape.of(2 * k, 1), numbers), d.of(Shape.of(2 * k, 8), new float[16 * k]));
  }

  @Test
  void rpnAloneHasNoViews() {
    Config alone = config("True").merge(List.of("MODEL.RPN_ONLY", "True"));
    ConfigException e =
        assertThrows(
            ConfigException.class, () -> ModelSettings.of(alone, Conventions.MASKRCNN_BENCHMARK));
    assertTrue(e.getMessage().startsWith("TEST.BBOX_AUG.ENABLED: "), e.getMessage());
  }
}

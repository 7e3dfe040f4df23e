package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Training holds the same native memory after 300 steps as after 20. */
class SteadyMemoryTest {
  private static final int SIZE = 64;
  private static final int BATCH = 2;

  /** The data repeats and the rate is 0, so that each round asks for the same memory. */
  private static final int PERIOD = 6;

  @Test
  void threeHundredSteps() {
    Config c =
        BuiltinConfigs.load("shapes_gn")
            .merge(
                List.of(
                    "MODEL.RESNETS.STEM_OUT_CHANNELS", "8",
                    "MODEL.RESNETS.RES2_OUT_CHANNELS", "16",
                    "MODEL.RESNETS.WIDTH_PER_GROUP", "8",
                    "MODEL.BACKBONE.OUT_CHANNELS", "16",
                    "MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM", "32",
                    "MODEL.ROI_MASK_HEAD.CONV_LAYERS", "(16, 16)"));
    try (Device d = Device.cpu();
        MaskRcnn model = new MaskRcnn(d, ModelSettings.of(c, Conventions.MASKRCNN_BENCHMARK), 1);
        Sgd sgd = new Sgd(model.state(), new Sgd.Settings(0.01, 2, 0.9, 1e-4, 0))) {
      long live = 0;
      long reserved = 0;
      for (int step = 1; step <= 300; step++) {
        train(d, model, sgd, step % PERIOD);
        if (step == 20) {
          live = d.liveBytes();
          reserved = d.reservedBytes();
        }
      }
      assertEquals(live, d.liveBytes(), "bytes of living tensors");
      assertEquals(reserved, d.reservedBytes(), "bytes held from the system");
    }
  }

  private static void train(Device d, MaskRcnn model, Sgd sgd, int step) {
    try (Frame frame = d.push("step");
        Tape tape = new Tape(d)) {
      Philox random = new Philox(3, step);
      float[] pixels = new float[BATCH * SIZE * SIZE * 3];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = random.uniform(i) - 0.5f;
      }
      Input input =
          new Input(
              d.of(Shape.of(BATCH, SIZE, SIZE, 3), pixels),
              d.of(Shape.of(BATCH, 2), SIZE, SIZE, SIZE, SIZE));
      Targets truth = BatchUpload.targets(d, Collections.nCopies(BATCH, truth(step)));
      Map<String, Variable> losses =
          model.losses(tape, input, truth, new Draw(1, 2L * BATCH * step), Stages.NONE);
      try (Gradients g = tape.backward(new ArrayList<>(losses.values()))) {
        sgd.step(g, base -> 0);
      }
    }
  }

  /** One to three squares, so that sizes vary from step to step. */
  private static GroundTruth truth(int step) {
    int count = 1 + step % 3;
    GroundTruthBuilder truth = new GroundTruthBuilder();
    for (int i = 0; i < count; i++) {
      double a = 4 + 18 * i;
      double b = a + 16;
      float[] box = {(float) a, (float) a, (float) b, (float) b};
      truth.add(box, 1 + i, List.of(new double[] {a, a, b, a, b, b, a, b}));
    }
    return truth.build();
  }
}

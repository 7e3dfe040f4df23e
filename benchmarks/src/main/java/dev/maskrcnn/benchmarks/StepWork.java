package dev.maskrcnn.benchmarks;

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
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.detection.model.MaskRcnn;
import dev.maskrcnn.detection.model.ModelSettings;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.detection.model.Targets;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.HostCopy;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.device.HalfPrecision;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * One training step, or one detection pass, of Mask R-CNN R-50-FPN (or X-101-32x8d-FPN) with random
 * weights on one or more images of 800×1333, padded to 800×1344: the work of {@code
 * peers/torchvision_maskrcnn.py}. The stride position and the limits of the RPN are torchvision's,
 * the other conventions the default. Stem and layer1 are frozen; three classes have a bias so that
 * detection ends with 100 objects, of which the masks are pasted at full size.
 */
final class StepWork implements AutoCloseable {
  private static final long SEED = 1;
  private static final int HEIGHT = 800;
  private static final int WIDTH = 1333;
  private static final int PADDED_WIDTH = 1344;
  private static final int OBJECTS = 8;

  /** Keeps the random streams of steps apart; more than two for one image. */
  private static final int STREAMS = 16;

  private static final List<String> SAME_WORK =
      List.of(
          "MODEL.RESNETS.STRIDE_IN_1X1", "False",
          "MODEL.ROI_BOX_HEAD.NUM_CLASSES", "81",
          "MODEL.RPN.PRE_NMS_TOP_N_TRAIN", "2000",
          "MODEL.RPN.POST_NMS_TOP_N_TRAIN", "2000",
          "MODEL.RPN.FPN_POST_NMS_TOP_N_TRAIN", "2000",
          "MODEL.RPN.PRE_NMS_TOP_N_TEST", "1000",
          "MODEL.RPN.POST_NMS_TOP_N_TEST", "1000",
          "MODEL.RPN.FPN_POST_NMS_TOP_N_TEST", "1000",
          "MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE", "512",
          "MODEL.ROI_HEADS.POSITIVE_FRACTION", "0.25");

  private static final List<String> RESNEXT =
      List.of(
          "MODEL.BACKBONE.CONV_BODY", "R-101-FPN",
          "MODEL.RESNETS.NUM_GROUPS", "32",
          "MODEL.RESNETS.WIDTH_PER_GROUP", "8");

  /**
   * What computes.
   *
   * @param body R-50 or X-101-32x8d
   * @param batch images at a time
   * @param dtype precision as {@code DTYPE} names it
   */
  record Model(String body, int batch, String dtype) {
    /** R-50, one image, float32. */
    static final Model USUAL = new Model("R-50", 1, "float32");
  }

  private final Device device;
  private final MaskRcnn model;
  private final Sgd optimizer;
  private final int batch;
  private final float[] pixels = pixels();
  private final GroundTruth truth = truth();
  private long step;

  /**
   * Builds the model on a device, which it closes, for so many images at a time.
   *
   * @param precision as {@code DTYPE} names it
   */
  StepWork(Device device, int batch, String precision) {
    this(device, new Model("R-50", batch, precision));
  }

  /** Builds the model on a device, which it closes. */
  StepWork(Device device, Model kind) {
    Autocast autocast = autocast(device, kind.dtype);
    this.device = device;
    this.batch = kind.batch;
    Config config =
        BuiltinConfigs.load("e2e_mask_rcnn_R_50_FPN_1x").merge(SAME_WORK).merge(body(kind.body));
    ModelSettings settings = ModelSettings.of(config, Conventions.MASKRCNN_BENCHMARK);
    model = new MaskRcnn(device, settings, SEED, autocast);
    favourThreeClasses();
    LossScaling scaling = kind.dtype.equals("float16") ? LossScaling.dynamic() : LossScaling.none();
    optimizer = new Sgd(model.state(), new Sgd.Settings(1e-5, 1, 0.9, 1e-4, 1e-4), scaling);
  }

  private static List<String> body(String name) {
    return switch (name) {
      case "R-50" -> List.of();
      case "X-101-32x8d" -> RESNEXT;
      default -> throw new StepException("body: got " + name + ", expected R-50 or X-101-32x8d");
    };
  }

  /** Devices without tensors of 16 bits may round operands instead. */
  private static Autocast autocast(Device device, String precision) {
    Autocast wanted =
        switch (precision) {
          case "float32" -> Autocast.OFF;
          case "float16" -> Autocast.to(DType.F16);
          case "bfloat16" -> Autocast.to(DType.BF16);
          default ->
              throw new StepException(
                  "precision: got " + precision + ", expected float32, float16 or bfloat16");
        };
    if (!wanted.isOn()) {
      return wanted;
    }
    HalfPrecision answer = device.halves(wanted.half());
    return switch (answer.use()) {
      case TENSORS -> wanted;
      case OPERANDS -> Autocast.OFF;
      case NONE -> throw new StepException("precision: " + precision + ": " + answer.reason());
    };
  }

  private void favourThreeClasses() {
    Parameter bias = model.state().get("roi_heads.box.predictor.cls_score.bias");
    float[] values = bias.save();
    for (int c = 1; c <= 3; c++) {
      values[c] += 3;
    }
    bias.load(values);
  }

  private static float[] pixels() {
    SplittableRandom random = new SplittableRandom(SEED);
    float[] values = new float[HEIGHT * PADDED_WIDTH * 3];
    for (int y = 0; y < HEIGHT; y++) {
      int row = y * PADDED_WIDTH * 3;
      for (int i = row; i < row + WIDTH * 3; i++) {
        values[i] = random.nextInt() * 0x1p-31f; // about as normalised pixels
      }
    }
    return values;
  }

  /** Eight rectangles from the upper left to the lower right. */
  private static GroundTruth truth() {
    GroundTruthBuilder truth = new GroundTruthBuilder();
    for (int i = 0; i < OBJECTS; i++) {
      float x1 = 40 + 150 * i;
      float y1 = 60 + 70 * i;
      float x2 = Math.min(x1 + 120 + 20 * i, WIDTH - 1);
      float y2 = Math.min(y1 + 100 + 15 * i, HEIGHT - 1);
      double[] outline = {x1, y1, x2, y1, x2, y2, x1, y2};
      truth.add(new float[] {x1, y1, x2, y2}, i + 1, List.of(outline));
    }
    return truth.build();
  }

  private Input input() {
    float[] images = new float[batch * pixels.length];
    int[] sizes = new int[2 * batch];
    for (int i = 0; i < batch; i++) {
      System.arraycopy(pixels, 0, images, i * pixels.length, pixels.length);
      sizes[2 * i] = HEIGHT;
      sizes[2 * i + 1] = WIDTH;
    }
    return new Input(
        device.of(Shape.of(batch, HEIGHT, PADDED_WIDTH, 3), images),
        device.of(Shape.of(batch, 2), sizes));
  }

  /**
   * Forward, losses, backward and update.
   *
   * @return number of RoIs that the mask head learned from
   * @throws StepException if a loss is not finite: the step then does not do the usual work
   */
  int train() {
    int[] rois = new int[1];
    Stages count =
        (name, value) -> {
          if (name.equals("mask_labels")) {
            rois[0] = value.shape().dim(0);
          }
        };
    try (Frame frame = device.push("step");
        Tape tape = new Tape(device)) {
      Targets targets = BatchUpload.targets(device, Collections.nCopies(batch, truth));
      Draw draw = new Draw(SEED, (long) STREAMS * batch * step++);
      Map<String, Variable> losses = model.losses(tape, input(), targets, draw, count);
      HostCopy values = values(losses);
      Tensor scale = optimizer.scaler().scale();
      try (Gradients gradients = tape.backward(List.copyOf(losses.values()), scale)) {
        optimizer.step(gradients, base -> base);
      }
      requireFinite(values);
      device.synchronize();
    }
    return rois[0];
  }

  private static HostCopy values(Map<String, Variable> losses) {
    List<Tensor> all = new ArrayList<>();
    losses.values().forEach(loss -> all.add(loss.value().reshape(Shape.of(1))));
    return all.get(0).concat(all.subList(1, all.size()), 0).readLater();
  }

  private static void requireFinite(HostCopy losses) {
    for (float value : losses.floats()) {
      if (!Float.isFinite(value)) {
        throw new StepException("loss: got %s, expected a finite number".formatted(value));
      }
    }
  }

  /**
   * Detects, and pastes the masks at full size as probabilities, like torchvision.
   *
   * @return number of detections
   */
  int infer() {
    try (Frame frame = device.push("inference")) {
      int count = 0;
      for (Detections found : model.detect(input(), Stages.NONE)) {
        if (found.count() > 0) {
          paste(found);
        }
        count += found.count();
      }
      device.synchronize();
      return count;
    }
  }

  private void paste(Detections found) {
    int side = found.maskSize();
    Tensor masks = device.of(Shape.of(found.count(), side, side), found.masks());
    Tensor boxes = device.of(Shape.of(found.count(), 4), found.boxes());
    device.dispatch(new MaskPaste(HEIGHT, WIDTH, -1, 1), List.of(masks, boxes));
  }

  @Override
  public void close() {
    optimizer.close();
    model.close();
    device.close();
  }
}

package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.autograd.Autocast;
import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.CudaDevice;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.data.GroundTruth;
import dev.maskrcnn.detection.data.GroundTruthBuilder;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.ImageEntry;
import dev.maskrcnn.detection.data.PixelNormalization;
import dev.maskrcnn.detection.data.Sample;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.engine.UploadedBatches;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.PlannedImage;
import dev.maskrcnn.detection.image.Resampling;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.detection.model.MaskRcnn;
import dev.maskrcnn.detection.model.ModelSettings;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.detection.model.Targets;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.HostCopy;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.device.DeviceActivity;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What steps cost a CUDA device beside arithmetic, counted: once all blocks are in the pool, a
 * training step in half precision waits for nothing but one read of the losses and allocates
 * nothing. Run with the pool that a GPU has; the emulation's own gives every block back.
 */
@SuppressWarnings("try") // frames free what is made in them
class DeviceActivityTest {
  private static final int SIZE = 64;
  private static final int BATCH = 2;
  private static final String POOL = "maskrcnn.cuda.pool";
  private static final String SEARCH = "maskrcnn.cuda.search";

  /** Of a batch: two images, sizes, boxes, counts, labels, three of outlines, the iteration. */
  private static final int TENSORS = 10;

  /** Kernels, library calls, copies and fills that a step of this small network issues at most. */
  private static final int MOST_COMMANDS = 3000;

  @BeforeEach
  void asOnAGpu() {
    System.setProperty(POOL, "true");
    System.setProperty(SEARCH, "0");
  }

  @AfterEach
  void restore() {
    System.clearProperty(POOL);
    System.clearProperty(SEARCH);
  }

  private static Config small() {
    return BuiltinConfigs.load("shapes_gn")
        .merge(
            List.of(
                "MODEL.RESNETS.STEM_OUT_CHANNELS", "8",
                "MODEL.RESNETS.RES2_OUT_CHANNELS", "16",
                "MODEL.RESNETS.WIDTH_PER_GROUP", "8",
                "MODEL.BACKBONE.OUT_CHANNELS", "16",
                "MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE", "32",
                "MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM", "32",
                "MODEL.ROI_MASK_HEAD.CONV_LAYERS", "(16, 16)"));
  }

  @Test
  void aTrainingStepWaitsForNothingAndAllocatesNothing() {
    ModelSettings settings = ModelSettings.of(small(), Conventions.MASKRCNN_BENCHMARK);
    try (Device d = CudaDevice.open();
        MaskRcnn model = new MaskRcnn(d, settings, 1, Autocast.to(DType.F16));
        Sgd sgd =
            new Sgd(
                model.state(), new Sgd.Settings(0.001, 2, 0.9, 1e-4, 0), LossScaling.dynamic())) {
      UploadedBatches<Integer, StepFeed> batches = batches(d);
      for (int step = 0; step < 8; step++) {
        train(d, model, sgd, batches);
      }
      for (int step = 8; step < 10; step++) {
        DeviceActivity before = d.activity();
        long reserved = d.reservedBytes();
        train(d, model, sgd, batches);
        DeviceActivity spent = d.activity().since(before);
        System.out.println("training step on " + d.name() + ": " + spent);
        assertEquals(0, spent.waits(), "waits of the host");
        assertEquals(1, spent.reads(), "reads: the losses");
        assertEquals(0, spent.allocations(), "allocations");
        assertEquals(reserved, d.reservedBytes(), "bytes held from the driver");
        assertEquals(TENSORS, spent.uploadsAhead(), "copies beside the computation: the batch");
        long commands = spent.launches() + spent.libraryCalls() + spent.copies();
        assertTrue(commands < MOST_COMMANDS, commands + " commands");
      }
      batches.close();
    }
  }

  private static UploadedBatches<Integer, StepFeed> batches(Device d) {
    return new UploadedBatches<>(
        d,
        Stream.iterate(0, step -> step + 1).iterator(),
        (step, number) -> {
          Supplier<Input> images = BatchUpload.imagesAhead(d, photographs());
          Targets truth = truth(d);
          Tensor group = d.of(Shape.of(1), step);
          return () -> new StepFeed(images.get(), truth, group);
        });
  }

  /** Decoded images of another size, which the device makes the batch of. */
  private static ImageBatch photographs() {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      byte[] pixels = new byte[3 * 80 * 96];
      new Random(i).nextBytes(pixels);
      RgbImage image = new RgbImage(96, 80, pixels);
      PlannedImage plan =
          new PlannedImage(image, new ImageSize(SIZE, SIZE), Resampling.PILLOW, i == 1);
      samples.add(
          new Sample(
              ImageEntry.of(i, Path.of("image"), image), i, plan, GroundTruth.empty(), i == 1));
    }
    return ImageBatch.of(samples, PixelNormalization.caffe2(), 32);
  }

  /** As the training loop does it: while a step is computed, the next batch is uploaded. */
  private static void train(
      Device d, MaskRcnn model, Sgd sgd, UploadedBatches<Integer, StepFeed> batches) {
    try (UploadedBatches.Batch<Integer, StepFeed> batch = batches.next()) {
      train(d, model, sgd, batch.tensors(), batches::ahead);
    }
  }

  private static void train(Device d, MaskRcnn model, Sgd sgd, StepFeed feed, Runnable ahead) {
    HostCopy copy;
    try (Frame frame = d.push("step");
        Tape tape = new Tape(d)) {
      Draw draw = new Draw(1, 0, feed.group());
      Map<String, Variable> losses =
          model.losses(tape, feed.input(), feed.truth(), draw, Stages.NONE);
      List<Tensor> values = new ArrayList<>();
      losses.values().forEach(loss -> values.add(loss.value().reshape(Shape.of(1))));
      copy = values.get(0).concat(values.subList(1, values.size()), 0).readLater();
      Tensor scale = sgd.scaler().scale();
      try (Gradients g = tape.backward(new ArrayList<>(losses.values()), scale)) {
        sgd.step(g, base -> base);
      }
      ahead.run();
    }
    for (float loss : copy.floats()) {
      assertTrue(Float.isFinite(loss), "loss " + loss);
    }
  }

  @Test
  void inferenceWaitsOnlyForItsResults() {
    ModelSettings settings = ModelSettings.of(small(), Conventions.MASKRCNN_BENCHMARK);
    try (Device d = CudaDevice.open();
        MaskRcnn model = new MaskRcnn(d, settings, 1, Autocast.to(DType.F16));
        Frame frame = d.push("test")) {
      model.detect(input(d), Stages.NONE);
      model.detect(input(d), Stages.NONE);
      DeviceActivity before = d.activity();
      model.detect(input(d), Stages.NONE);
      DeviceActivity spent = d.activity().since(before);
      System.out.println("inference on " + d.name() + ": " + spent);
      assertEquals(0, spent.waits(), "waits of the host");
      assertEquals(5, spent.reads(), "reads: boxes, scores, labels, counts, masks");
    }
  }

  private static Input input(Device d) {
    float[] pixels = new float[BATCH * SIZE * SIZE * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) Math.sin(0.37 * i);
    }
    return new Input(
        d.of(Shape.of(BATCH, SIZE, SIZE, 3), pixels),
        d.of(Shape.of(BATCH, 2), SIZE, SIZE, SIZE, SIZE));
  }

  private static Targets truth(Device d) {
    float[] box = {8, 8, 40, 40};
    double[] outline = {8, 8, 40, 8, 40, 40, 8, 40};
    GroundTruth one = new GroundTruthBuilder().add(box, 1, List.of(outline)).build();
    return BatchUpload.targets(d, Collections.nCopies(BATCH, one));
  }
}

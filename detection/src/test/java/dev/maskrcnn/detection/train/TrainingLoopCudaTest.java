package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.CudaDevice;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.data.GroundTruthBuilder;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.engine.PassGraphs;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.detection.model.Targets;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.OpListener;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.device.DeviceActivity;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Steps that are captured as CUDA graphs give the losses of steps done op by op, to the bit, also
 * when shapes, images, objects, random numbers and the loss scale change; and a step is one graph
 * launch and the update.
 */
@SuppressWarnings("try") // frames free what is made in them
class TrainingLoopCudaTest {
  private static final int SIZE = 64;
  private static final int BATCH = 2;
  private static final int STEPS = 6;

  /** Fewer graphs than shapes, so that they take turns. */
  private static final PassGraphs.Limits SOON = new PassGraphs.Limits(1, 1);

  /** Jumps between a scale that fits and one that overflows. */
  private static final LossScaling JUMPING = new LossScaling(1 << 14, 1 << 10, 1.0 / (1 << 10), 1);

  /** The step after these is the first that comes again. */
  private static final int BEFORE_TROUBLE = 2;

  private static final OpListener NONE = (op, in, out, nanos, path) -> {};

  /** Where the losses of a step are followed by the scale, and the counters. */
  private static final int SCALE = 5;

  private static final String GRAPHS = "maskrcnn.cuda.graphs";
  private static final String POOL = "maskrcnn.cuda.pool";

  @TempDir Path folder;

  @AfterEach
  void restore() {
    System.clearProperty(GRAPHS);
    System.clearProperty(POOL);
  }

  private static Config small() {
    return BuiltinConfigs.load("shapes_gn")
        .merge(
            List.of(
                "DTYPE", "float16",
                "MODEL.RESNETS.STEM_OUT_CHANNELS", "8",
                "MODEL.RESNETS.RES2_OUT_CHANNELS", "16",
                "MODEL.RESNETS.WIDTH_PER_GROUP", "8",
                "MODEL.BACKBONE.OUT_CHANNELS", "16",
                "MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE", "16",
                "MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM", "32",
                "MODEL.ROI_MASK_HEAD.CONV_LAYERS", "(16, 16)"));
  }

  private static void graphs(boolean on) {
    System.setProperty(GRAPHS, Boolean.toString(on));
  }

  @Test
  void graphsGiveTheLossesOfSingleOps() {
    CudaDevice.open().close();
    System.setProperty(POOL, "true");
    graphs(false);
    Run single = run(STEPS, d -> NONE);
    graphs(true);
    Run captured = run(STEPS, d -> NONE);
    for (int i = 0; i < STEPS; i++) {
      assertArrayEquals(single.losses.get(i), captured.losses.get(i), "losses of step " + i);
    }
    float[] last = captured.losses.get(STEPS - 1);
    assertTrue(last[SCALE + 3] > 0 && last[SCALE + 4] > 0, "steps taken and steps skipped");
    assertEquals(0, single.launched);
    assertEquals(3, captured.launched);
    assertEquals("", captured.said);
    DeviceActivity spent = captured.spent.get(STEPS - 1);
    System.out.println("training step, single ops: " + single.spent.get(STEPS - 1));
    System.out.println("training step as a graph: " + spent);
    assertEquals(1, spent.graphLaunches());
    assertEquals(1, spent.launches(), "kernels: the update");
    assertEquals(0, spent.libraryCalls());
    assertEquals(0, spent.waits());
    assertEquals(1, spent.reads());
    assertEquals(0, spent.allocations());
  }

  /** The device would complain of what is left when it closes. */
  @Test
  void trainingGoesOnWhereAStepCannotBeCaptured() {
    CudaDevice.open().close();
    graphs(false);
    List<float[]> single = run(BEFORE_TROUBLE + 2, d -> NONE).losses;
    graphs(true);
    String waits = goesOn(single, d -> new Trouble(RoiAlign.class, 9, d::synchronize));
    assertTrue(waits.contains("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"), waits);
    Spec huge = Spec.of(DType.F32, 1 << 20, 1 << 20, 1 << 5);
    String full = goesOn(single, d -> new Trouble(RoiAlignBackward.class, 1, () -> d.empty(huge)));
    assertTrue(full.contains("out of memory, 140,737,488,355,328 bytes"), full);
  }

  /** Returns the warning. */
  private String goesOn(List<float[]> single, Function<Device, OpListener> trouble) {
    Run failed = run(single.size(), trouble);
    for (int i = 0; i < single.size(); i++) {
      assertArrayEquals(single.get(i), failed.losses.get(i), "losses of step " + i);
    }
    assertEquals(0, failed.launched);
    assertEquals(1, failed.said.lines().count(), failed.said);
    assertTrue(
        failed.said.contains("A training step could not be captured as a CUDA graph ("),
        failed.said);
    return failed.said;
  }

  /** Something that happens behind ops of a kind, so many times. */
  private static final class Trouble implements OpListener {
    private final Class<? extends Op> behind;
    private final Runnable what;
    private int times;

    Trouble(Class<? extends Op> behind, int times, Runnable what) {
      this.behind = behind;
      this.times = times;
      this.what = what;
    }

    @Override
    public void ran(Op op, List<Tensor> in, List<Tensor> out, long nanos, String path) {
      if (behind.isInstance(op) && times-- > 0) {
        what.run();
      }
    }
  }

  /** What came of some steps, and what was said meanwhile. */
  private record Run(List<float[]> losses, List<DeviceActivity> spent, int launched, String said) {}

  private Run run(int steps, Function<Device, OpListener> trouble) {
    List<float[]> losses = new ArrayList<>();
    List<DeviceActivity> spent = new ArrayList<>();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream console = new PrintStream(said, true, StandardCharsets.UTF_8);
    Config config = small();
    SolverSettings solver = SolverSettings.of(config, OptionalInt.of(steps));
    int launched;
    try (RunLog log = RunLog.open(folder, console, Clock.systemUTC());
        Session session = Session.open(CudaDevice.name(), config, 1);
        Sgd sgd = new Sgd(session.model().state(), solver.sgd(), JUMPING)) {
      Device d = session.device();
      TrainingLoop.Subject subject = new TrainingLoop.Subject(session, sgd, solver, 7, List.of());
      RunPlace place = new RunPlace(folder, log, new StopRequest(), new Listeners());
      TrainingLoop loop = new TrainingLoop(subject, place, SOON);
      try {
        for (int step = 0; step < steps; step++) {
          if (step == BEFORE_TROUBLE) {
            d.listen(trouble.apply(d));
          }
          DeviceActivity before = d.activity();
          StepLosses issued;
          try (Frame frame = d.push("batch")) {
            issued = loop.step(feed(d, step), step + 1);
          }
          losses.add(issued.copy().floats());
          spent.add(d.activity().since(before));
          assertTrue(loop.graphs() <= SOON.graphs());
        }
        launched = loop.launched();
      } finally {
        loop.close();
      }
    }
    return new Run(losses, spent, launched, said.toString(StandardCharsets.UTF_8));
  }

  /** Another picture with another number of squares each time, and one of two shapes. */
  private static StepFeed feed(Device d, int step) {
    int width = SIZE - 32 * (step % 2);
    float[] pixels = new float[BATCH * SIZE * width * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) Math.sin((0.31 + 0.01 * step) * i);
    }
    Input input =
        new Input(
            d.of(Shape.of(BATCH, SIZE, width, 3), pixels),
            d.of(Shape.of(BATCH, 2), SIZE, width, SIZE, width));
    int count = 1 + step % 3;
    GroundTruthBuilder truth = new GroundTruthBuilder();
    for (int i = 0; i < count; i++) {
      double a = 4 + 8 * i;
      double b = a + 11;
      float[] box = {(float) a, (float) a, (float) b, (float) b};
      truth.add(box, 1 + i, List.of(new double[] {a, a, b, a, b, b, a, b}));
    }
    Targets targets = BatchUpload.targets(d, Collections.nCopies(BATCH, truth.build()));
    return new StepFeed(input, targets, d.of(Shape.of(1), step));
  }
}

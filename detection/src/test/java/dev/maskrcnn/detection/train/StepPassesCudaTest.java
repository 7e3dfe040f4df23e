package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.CudaDevice;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.detection.model.Targets;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.HostCopy;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.spi.DeviceActivity;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Steps that are captured as CUDA graphs give the losses of steps done op by op, to the bit, also
 * when images, objects and random numbers change; and a step is one graph launch and the update.
 */
@SuppressWarnings("try") // frames free what is made in them
class StepPassesCudaTest {
  private static final int SIZE = 64;
  private static final int BATCH = 2;
  private static final int STEPS = 6;
  private static final int WARM_UP = 1;
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

  @Test
  void graphsGiveTheLossesOfSingleOps() {
    CudaDevice.open().close();
    System.setProperty(POOL, "true");
    System.setProperty(GRAPHS, "false");
    List<float[]> single = run(new ArrayList<>());
    System.setProperty(GRAPHS, "true");
    List<DeviceActivity> spent = new ArrayList<>();
    List<float[]> captured = run(spent);
    for (int i = 0; i < STEPS; i++) {
      assertArrayEquals(single.get(i), captured.get(i), "losses of step " + i);
    }
    DeviceActivity last = spent.get(STEPS - 1);
    System.out.println("training step as a graph: " + last);
    assertEquals(1, last.graphLaunches());
    assertEquals(1, last.launches(), "kernels: the update");
    assertEquals(0, last.libraryCalls());
    assertEquals(0, last.waits());
    assertEquals(1, last.reads());
    assertEquals(0, last.allocations());
  }

  private List<float[]> run(List<DeviceActivity> spent) {
    List<float[]> losses = new ArrayList<>();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream console = new PrintStream(said, true, StandardCharsets.UTF_8);
    Config config = small();
    SolverSettings solver = SolverSettings.of(config, OptionalInt.of(STEPS));
    try (RunLog log = RunLog.open(folder, console, Clock.systemUTC());
        Session session = Session.open(CudaDevice.name(), config, 1);
        Sgd sgd = new Sgd(session.model().state(), solver.sgd(), session.scaling())) {
      TrainingLoop.Subject subject = new TrainingLoop.Subject(session, sgd, solver, 7, List.of());
      try (StepPasses passes = new StepPasses(subject, log, WARM_UP)) {
        for (int step = 0; step < STEPS; step++) {
          DeviceActivity before = session.device().backend().activity();
          losses.add(step(session.device(), passes, sgd, step));
          spent.add(session.device().backend().activity().since(before));
        }
      }
    }
    assertTrue(!said.toString(StandardCharsets.UTF_8).contains("could not"), said::toString);
    return losses;
  }

  private static float[] step(Device d, StepPasses passes, Sgd sgd, int step) {
    HostCopy[] copy = new HostCopy[1];
    try (Frame frame = d.push("step")) {
      StepPasses.Result r =
          passes.run(feed(d, step), (names, values) -> copy[0] = values.readLater());
      sgd.step(r.gradients(), base -> base);
      if (!r.lasting()) {
        r.gradients().close();
      }
    }
    return copy[0].floats();
  }

  /** Another picture with another number of squares each time. */
  private static StepFeed feed(Device d, int step) {
    float[] pixels = new float[BATCH * SIZE * SIZE * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) Math.sin((0.31 + 0.01 * step) * i);
    }
    Input input =
        new Input(
            d.of(Shape.of(BATCH, SIZE, SIZE, 3), pixels),
            d.of(Shape.of(BATCH, 2), SIZE, SIZE, SIZE, SIZE));
    int count = 1 + step % 3;
    float[] boxes = new float[4 * count];
    int[] labels = new int[count];
    List<List<float[]>> outlines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float a = 4 + 18 * i;
      float b = a + 16;
      System.arraycopy(new float[] {a, a, b, b}, 0, boxes, 4 * i, 4);
      labels[i] = 1 + i;
      outlines.add(List.of(new float[] {a, a, b, a, b, b, a, b}));
    }
    Targets.ImageTruth truth = new Targets.ImageTruth(boxes, labels, outlines);
    Targets targets = Targets.upload(d, Collections.nCopies(BATCH, truth));
    return new StepFeed(input, targets, d.of(Shape.of(1), step));
  }
}

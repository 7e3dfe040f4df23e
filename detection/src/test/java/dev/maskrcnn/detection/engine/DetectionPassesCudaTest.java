package dev.maskrcnn.detection.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.CudaDevice;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.evaluate.EvaluationRun;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.detection.shapes.ShapesConfig;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.train.TinyRun;
import dev.maskrcnn.detection.train.TrainingRun;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.OpListener;
import dev.maskrcnn.tensor.device.DeviceActivity;
import dev.maskrcnn.tensor.device.DeviceChoice;
import dev.maskrcnn.tensor.shape.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Inference passes that are captured as CUDA graphs find what single ops find, to the bit, in
 * images of several shapes; and a pass is one launch of a graph and the copies of what goes in and
 * out.
 */
@SuppressWarnings("try") // frames free what is made in them
class DetectionPassesCudaTest {
  private static final String GRAPHS = "maskrcnn.cuda.graphs";
  private static final String POOL = "maskrcnn.cuda.pool";
  private static final String SEARCH = "maskrcnn.cuda.search";
  private static final PassGraphs.Limits SOON = new PassGraphs.Limits(1, 2);

  /** More shapes than graphs are kept. */
  private static final int[][] SHAPES = {{64, 64}, {64, 96}, {96, 64}};

  private final List<String> warnings = new ArrayList<>();

  @BeforeEach
  void asOnAGpu() {
    CudaDevice.open().close();
    System.setProperty(POOL, "true");
    System.setProperty(SEARCH, "0");
    System.setProperty(GRAPHS, "true");
  }

  @AfterEach
  void restore() {
    System.clearProperty(GRAPHS);
    System.clearProperty(POOL);
    System.clearProperty(SEARCH);
  }

  /** The sizes of a test, and weights so random that many classes and boxes pass the threshold. */
  private static Config small(String... more) {
    List<String> changes =
        new ArrayList<>(
            List.of(
                "DTYPE", "float16",
                "MODEL.RESNETS.STEM_OUT_CHANNELS", "8",
                "MODEL.RESNETS.RES2_OUT_CHANNELS", "16",
                "MODEL.RESNETS.WIDTH_PER_GROUP", "8",
                "MODEL.BACKBONE.OUT_CHANNELS", "16",
                "MODEL.ROI_HEADS.DETECTIONS_PER_IMG", "20",
                "MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM", "32",
                "MODEL.RPN.FPN_POST_NMS_TOP_N_TEST", "30",
                "MODEL.ROI_MASK_HEAD.POOLER_RESOLUTION", "7",
                "MODEL.ROI_MASK_HEAD.RESOLUTION", "14",
                "MODEL.ROI_MASK_HEAD.CONV_LAYERS", "(16,)"));
    changes.addAll(List.of(more));
    return BuiltinConfigs.load("shapes_gn").merge(changes);
  }

  /** Another picture each time, smaller than its padded shape. */
  private static Input input(Device d, int[] shape, int number) {
    float[] pixels = new float[shape[0] * shape[1] * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) Math.sin((0.37 + 0.01 * number) * i);
    }
    return new Input(
        d.of(Shape.of(1, shape[0], shape[1], 3), pixels),
        d.of(Shape.of(1, 2), shape[0] - number, shape[1] - 2 * number));
  }

  private static Detections detect(Session session, DetectionPasses passes, int[] shape, int n) {
    try (Frame frame = session.device().push("image")) {
      return passes.detect(input(session.device(), shape, n)).get(0);
    }
  }

  private DetectionPasses passes(Session session, PassGraphs.Limits limits) {
    return new DetectionPasses(session.model(), limits, warnings::add);
  }

  private static void assertSame(Detections expected, Detections actual, String what) {
    assertTrue(expected.count() > 0, what + " finds nothing");
    assertArrayEquals(expected.labels(), actual.labels(), what);
    assertArrayEquals(expected.boxes(), actual.boxes(), what);
    assertArrayEquals(expected.scores(), actual.scores(), what);
    assertArrayEquals(expected.masks(), actual.masks(), what);
  }

  @Test
  void graphsFindWhatSingleOpsFind() {
    try (Session session = Session.open(CudaDevice.name(), small(), 1);
        DetectionPasses graphs = passes(session, SOON)) {
      long reserved = 0;
      for (int round = 0; round < 4; round++) {
        for (int[] shape : SHAPES) {
          Detections expected;
          try (DetectionPasses single = passes(session, PassGraphs.Limits.usual())) {
            expected = detect(session, single, shape, round);
            assertEquals(0, single.launched());
          }
          Detections found = detect(session, graphs, shape, round);
          assertSame(expected, found, "%s by %s, round %s".formatted(shape[0], shape[1], round));
          assertTrue(graphs.graphs() <= SOON.graphs());
        }
        reserved = round == 1 ? session.device().reservedBytes() : reserved;
      }
      assertTrue(graphs.launched() >= SHAPES.length + 2, graphs.launched() + " launches");
      long later = session.device().reservedBytes();
      // Which idle block a request gets differs a little from round to round.
      assertTrue(later < 1.05 * reserved, "memory grew from %s to %s".formatted(reserved, later));
      assertEquals(List.of(), warnings);
    }
  }

  @Test
  void aPassIsOneLaunchAndItsCopies() {
    try (Session session = Session.open(CudaDevice.name(), small(), 1);
        DetectionPasses passes = passes(session, new PassGraphs.Limits(3, 1))) {
      DeviceActivity single = null;
      DeviceActivity graph = null;
      for (int n = 0; n < 6; n++) {
        DeviceActivity before = session.device().activity();
        detect(session, passes, SHAPES[0], n);
        graph = session.device().activity().since(before);
        single = n == 2 ? graph : single;
      }
      System.out.println("inference of one image, single ops: " + single);
      System.out.println("inference of one image, as a graph: " + graph);
      assertEquals(0, single.graphLaunches());
      assertTrue(single.launches() > 300, single.launches() + " kernels");
      assertEquals(1, graph.graphLaunches());
      assertEquals(0, graph.launches(), "kernels beside the graph");
      assertEquals(0, graph.libraryCalls(), "library calls beside the graph");
      assertEquals(9, graph.copies(), "two uploads, two to the graph's, five results");
      assertEquals(0, graph.waits(), "waits of the host");
      assertEquals(5, graph.reads(), "reads: boxes, scores, labels, counts, masks");
      assertEquals(0, graph.allocations(), "allocations");
    }
  }

  @Test
  void whereAPassCannotBeCapturedItIsComputed() {
    try (Session session = Session.open(CudaDevice.name(), small(), 1);
        DetectionPasses passes = passes(session, SOON)) {
      Detections expected = detect(session, passes, SHAPES[0], 0);
      OpListener waits = (op, in, out, nanos, path) -> session.device().synchronize();
      session.device().listen(waits);
      assertSame(expected, detect(session, passes, SHAPES[0], 0), "while it is captured");
      session.device().unlisten(waits);
      assertSame(expected, detect(session, passes, SHAPES[0], 0), "afterwards");
      assertEquals(0, passes.launched());
      assertEquals(1, warnings.size(), warnings::toString);
      assertTrue(
          warnings.get(0).startsWith("An inference pass could not be captured as a CUDA graph ("));
    }
  }

  /** A whole evaluation, of more images than the warm-up takes. */
  @Test
  void anEvaluationWithGraphsWritesTheFilesOfOneWithout(@TempDir Path folder) throws IOException {
    ShapesDataset data =
        ShapesDataset.prepare(folder.resolve("data"), new ShapesConfig(2, 12, 64, 3));
    Config config = small("TEST.IMS_PER_BATCH", "1", "INPUT.MIN_SIZE_TEST", "64");
    DataSources train = new DataSources(List.of(TinyRun.train(data)), List.of());
    TrainingRun.Options o = TinyRun.options(data, folder.resolve("model"), 1);
    Path weights =
        TrainingRun.run(TinyRun.on(TinyRun.with(o, config), train), new TinyRun.Console().out)
            .checkpoint()
            .orElseThrow();
    Map<String, String> said = new HashMap<>();
    for (String graphs : List.of("false", "true")) {
      System.setProperty(GRAPHS, graphs);
      TinyRun.Console console = new TinyRun.Console();
      EvaluationRun.run(
          new EvaluationRun.Options(
              config,
              CudaDevice.name(),
              List.of(TinyRun.val(data)),
              folder.resolve(graphs),
              WeightFile.read(weights),
              true),
          console.out);
      said.put(graphs, console.text());
    }
    assertTrue(
        said.get("true").contains("3 of 12 batches were launched as CUDA graphs"), said::toString);
    assertFalse(said.get("false").contains("graph"));
    for (String file : List.of("bbox.json", "segm.json")) {
      byte[] single = Files.readAllBytes(folder.resolve("false/inference/shapes_val/" + file));
      assertTrue(single.length > 1000, file + " is almost empty");
      assertArrayEquals(
          single, Files.readAllBytes(folder.resolve("true/inference/shapes_val/" + file)), file);
    }
  }

  /** Its candidates are joined on the host. */
  @Test
  void mirroredImagesAreSeenToBeBeyondGraphs() {
    TinyRun.Console console = new TinyRun.Console();
    Config mirrored = small("TEST.BBOX_AUG.ENABLED", "True", "TEST.BBOX_AUG.H_FLIP", "True");
    try (RunLog log = RunLog.consoleOnly(console.out);
        Session session = Session.open(DeviceChoice.of(CudaDevice.name()), mirrored, 1, log);
        DetectionPasses passes = passes(session, SOON)) {
      for (int n = 0; n < 3; n++) {
        assertTrue(detect(session, passes, SHAPES[0], n).count() > 0);
      }
      assertEquals(0, passes.launched());
      assertEquals(List.of(), warnings);
      assertTrue(console.text().contains("TEST.BBOX_AUG.ENABLED True: an inference pass waits"));
    }
  }
}

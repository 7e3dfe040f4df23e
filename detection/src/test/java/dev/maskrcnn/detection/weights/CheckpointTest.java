package dev.maskrcnn.detection.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.MaskRcnn;
import dev.maskrcnn.detection.model.ModelSettings;
import dev.maskrcnn.detection.train.TinyRun;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Leftovers;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import dev.maskrcnn.tensor.io.TensorFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  private static final Sgd.Settings SGD = new Sgd.Settings(0.01, 2, 0.9, 1e-4, 0);
  private static final String SCORES = "roi_heads.box.predictor.cls_score.weight";
  private static final String DELTAS = "roi_heads.box.predictor.bbox_pred.bias";
  private static final String STEM = "backbone.body.stem.conv1.weight";

  @TempDir Path folder;
  private Device device;
  private MaskRcnn model;
  private Sgd optimizer;

  @BeforeEach
  void build() {
    device = Device.cpu();
    model = model(TinyRun.config(), 1);
    optimizer = new Sgd(model.state(), SGD);
  }

  @AfterEach
  void close() {
    optimizer.close();
    model.close();
    device.close();
  }

  private MaskRcnn model(Config config, long seed) {
    ModelSettings settings = ModelSettings.of(config, Conventions.MASKRCNN_BENCHMARK);
    return new MaskRcnn(device, settings, seed);
  }

  private static Checkpoint.State state(int iteration) {
    List<CocoCategory> categories =
        List.of(new CocoCategory(3, "disc", "round"), new CocoCategory(9, "bar", ""));
    return new Checkpoint.State(iteration, -5, "steps", TinyRun.config(), categories);
  }

  private Path saved() {
    for (Parameter p : model.state().trainable()) {
      float[] velocity = p.save();
      for (int i = 0; i < velocity.length; i++) {
        velocity[i] = velocity[i] * 0.5f + i;
      }
      optimizer.loadVelocity(p, velocity);
    }
    Path file = Checkpoint.file(folder, 12);
    Checkpoint.save(file, model.state(), optimizer, state(12));
    return file;
  }

  private Map<String, float[]> values(MaskRcnn of) {
    Map<String, float[]> out = new LinkedHashMap<>();
    of.state().entries().forEach((name, p) -> out.put(name, p.save()));
    return out;
  }

  private static void assertSame(Map<String, float[]> expected, Map<String, float[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, v) -> assertArrayEquals(v, actual.get(name), name));
  }

  @Test
  void comesBackToTheBitWithEverythingItSaysAboutItself() {
    Path file = saved();
    assertEquals("model_0000012.safetensors", file.getFileName().toString());
    try (MaskRcnn other = model(TinyRun.config(), 2);
        Sgd restored = new Sgd(other.state(), SGD)) {
      Checkpoint.Description d = Checkpoint.resume(WeightFile.read(file), other.state(), restored);
      assertSame(values(model), values(other));
      for (Parameter p : other.state().trainable()) {
        Parameter original = model.state().get(p.name());
        assertArrayEquals(
            optimizer.saveVelocity(original).orElseThrow(),
            restored.saveVelocity(p).orElseThrow(),
            p.name());
      }
      assertEquals(12, d.iteration().orElseThrow());
      assertEquals(-5, d.seed().orElseThrow());
      assertEquals(TinyRun.config(), d.config().orElseThrow());
      assertEquals(List.of("disc", "bar"), d.classNames());
      assertArrayEquals(new int[] {3, 9}, d.categoryIds());
      assertEquals(7, d.classes().orElseThrow());
    }
    assertEquals(Optional.of(file), Checkpoint.last(folder));
  }

  @Test
  void fileHasTheShapesOfTheOriginal() {
    SafetensorsFile file = Safetensors.read(saved());
    assertArrayEquals(new long[] {8, 3, 7, 7}, file.tensor(STEM).shape());
    assertArrayEquals(new long[] {8, 3, 7, 7}, file.tensor("optimizer/" + STEM).shape());
    // Input channels of a transposed convolution come first.
    assertArrayEquals(
        new long[] {16, 16, 2, 2},
        file.tensor("roi_heads.mask.predictor.conv5_mask.weight").shape());
  }

  @Test
  void readsTheOriginalsWeightsExactly() throws IOException {
    Path cases = TestData.path("goldens");
    Path file = cases.resolve("14_checkpoints/weights.safetensors");
    Config config = Config.defaults().merge(cases.resolve("01_mask_r50_fpn/config.yaml"));
    JsonNode expected =
        TestData.json("goldens/14_checkpoints/case.json").at("/model_tensors/initial");
    try (MaskRcnn other = model(config, 2)) {
      assertEquals(List.of(), Checkpoint.load(WeightFile.read(file), other.state(), false));
      values(other)
          .forEach(
              (name, v) -> {
                JsonNode e = expected.path(name);
                assertEquals(
                    e.path("sum").doubleValue(), sum(v), 1e-9 * e.path("abs_sum").doubleValue());
                for (int i = 0; i < e.path("first3").size(); i++) {
                  assertEquals(e.path("first3").get(i).floatValue(), v[i], name);
                }
              });
    }
  }

  private static double sum(float[] values) {
    double sum = 0;
    for (float v : values) {
      sum += v;
    }
    return sum;
  }

  @Test
  void namesOfParallelTrainingAreUnwrapped() {
    SafetensorsFile content = Safetensors.read(saved());
    Map<String, HostTensor> wrapped = new LinkedHashMap<>();
    content
        .tensors()
        .forEach(
            (name, t) -> {
              if (!name.startsWith("optimizer/")) {
                wrapped.put("module." + name, t);
              }
            });
    Path file = folder.resolve("wrapped.safetensors");
    Safetensors.write(file, wrapped, Map.of());
    try (MaskRcnn other = model(TinyRun.config(), 2)) {
      Checkpoint.load(WeightFile.read(file), other.state(), false);
      assertSame(values(model), values(other));
    }
    Checkpoint.Description description = Checkpoint.describe(file);
    assertTrue(description.config().isEmpty());
    assertEquals(7, description.classes().orElseThrow());
    assertMessage(
        assertThrows(
            CheckpointException.class,
            () -> Checkpoint.resume(WeightFile.read(file), model.state(), optimizer)),
        "wrapped.safetensors",
        "no training state");
  }

  @Test
  void otherClassCountKeepsTheInitialValuesOfItsTensorsAndNamesThem() {
    Path file = saved();
    Config three = TinyRun.config().with("MODEL.ROI_BOX_HEAD.NUM_CLASSES", 3);
    try (MaskRcnn other = model(three, 2)) {
      Map<String, float[]> before = values(other);
      List<String> kept = Checkpoint.load(WeightFile.read(file), other.state(), true);
      String box = "roi_heads.box.predictor.";
      String mask = "roi_heads.mask.predictor.mask_fcn_logits.";
      assertEquals(
          List.of(
              box + "cls_score.weight",
              box + "cls_score.bias",
              box + "bbox_pred.weight",
              box + "bbox_pred.bias",
              mask + "weight",
              mask + "bias"),
          kept);
      Map<String, float[]> after = values(other);
      Map<String, float[]> stored = values(model);
      after.forEach(
          (name, v) ->
              assertArrayEquals(kept.contains(name) ? before.get(name) : stored.get(name), v));
    }
  }

  @Test
  void otherClassCountIsAnErrorWhereItWouldBeNonsense() {
    Path file = saved();
    Config three = TinyRun.config().with("MODEL.ROI_BOX_HEAD.NUM_CLASSES", 3);
    try (MaskRcnn other = model(three, 2)) {
      Map<String, float[]> before = values(other);
      assertMessage(
          assertThrows(
              CheckpointException.class,
              () -> Checkpoint.load(WeightFile.read(file), other.state(), false)),
          "model_0000012.safetensors",
          SCORES,
          "[7, 32]",
          "[3, 32]",
          "another number of classes");
      assertSame(before, values(other));
    }
  }

  @Test
  void misshapenTensorIsNamedWithBothShapes() {
    Path file = saved();
    Config wider = TinyRun.config().with("MODEL.RESNETS.STEM_OUT_CHANNELS", 16);
    try (MaskRcnn other = model(wider, 2)) {
      Map<String, float[]> before = values(other);
      assertMessage(
          assertThrows(
              CheckpointException.class,
              () -> Checkpoint.load(WeightFile.read(file), other.state(), true)),
          "model_0000012.safetensors",
          STEM,
          "[8, 3, 7, 7]",
          "[16, 3, 7, 7]",
          "another architecture");
      assertSame(before, values(other));
    }
  }

  @Test
  void deeperAndShallowerBodiesAreTold() {
    Path file = saved();
    Config deeper = TinyRun.config().with("MODEL.BACKBONE.CONV_BODY", "R-101-FPN");
    try (MaskRcnn other = model(deeper, 2);
        Sgd otherOptimizer = new Sgd(other.state(), SGD)) {
      assertMessage(
          assertThrows(
              CheckpointException.class,
              () -> Checkpoint.load(WeightFile.read(file), other.state(), true)),
          "has no tensor backbone.body.layer3.6.");
      Path deep = folder.resolve("deep.safetensors");
      Checkpoint.save(deep, other.state(), otherOptimizer, state(0));
      assertMessage(
          assertThrows(
              CheckpointException.class,
              () -> Checkpoint.load(WeightFile.read(deep), model.state(), true)),
          "deep.safetensors",
          "backbone.body.layer3.10.",
          "not in the model");
    }
  }

  @Test
  void masksOfAFileDoNotDisturbAModelWithoutThem() {
    Path file = saved();
    try (MaskRcnn boxes = model(TinyRun.config().with("MODEL.MASK_ON", false), 2)) {
      assertEquals(List.of(), Checkpoint.load(WeightFile.read(file), boxes.state(), false));
      assertArrayEquals(model.state().get(DELTAS).save(), boxes.state().get(DELTAS).save(), DELTAS);
    }
  }

  @Test
  void cutShortAnywhereIsOneLineAndChangesNothing() throws IOException {
    byte[] whole = Files.readAllBytes(saved());
    Path cut = folder.resolve("cut.safetensors");
    try (MaskRcnn other = model(TinyRun.config(), 2);
        Sgd restored = new Sgd(other.state(), SGD)) {
      Map<String, float[]> before = values(other);
      for (int length : new int[] {0, 7, 8, 100, whole.length / 2, whole.length - 1}) {
        Files.write(cut, Arrays.copyOf(whole, length));
        TensorFileException e =
            assertThrows(
                TensorFileException.class,
                () -> Checkpoint.resume(WeightFile.read(cut), other.state(), restored),
                "cut to " + length);
        assertMessage(e, "cut.safetensors");
      }
      assertSame(before, values(other));
    }
  }

  @Test
  void deathWhileSavingLeavesTheFormerCheckpointInForce() throws IOException {
    Path good = saved();
    // What a process leaves that is killed before the rename.
    Path half = Leftovers.temporary(folder.resolve("model_0000016.safetensors"));
    Files.write(half, new byte[1000]);
    assertTrue(half.toFile().setLastModified(1_000_000_000_000L));
    assertEquals(Optional.of(good), Checkpoint.last(folder));
    Checkpoint.resume(WeightFile.read(good), model.state(), optimizer);
    Leftovers.remove(folder, 1);
    assertFalse(Files.exists(half));
    // A checkpoint that fails: its name is taken by a folder.
    Path blocked = Checkpoint.file(folder, 20);
    Files.createDirectories(blocked);
    assertThrows(
        TensorFileException.class,
        () -> Checkpoint.save(blocked, model.state(), optimizer, state(20)));
    assertEquals(Optional.of(good), Checkpoint.last(folder));
    try (Stream<Path> files = Files.list(folder)) {
      assertTrue(files.noneMatch(f -> f.toString().endsWith(".tmp")));
    }
  }

  @Test
  void pointerToNothingIsAnError() throws IOException {
    assertEquals(Optional.empty(), Checkpoint.last(folder));
    Files.writeString(folder.resolve(Checkpoint.LAST), "model_0000099.safetensors");
    assertMessage(
        assertThrows(CheckpointException.class, () -> Checkpoint.last(folder)),
        "last_checkpoint",
        "model_0000099.safetensors");
    assertTrue(Checkpoint.forget(folder));
    assertFalse(Checkpoint.forget(folder));
    assertEquals(Optional.empty(), Checkpoint.last(folder));
  }

  @Test
  void folderThatMovedIsStillResumed() throws IOException {
    saved();
    Path moved = folder.resolveSibling(folder.getFileName() + "-moved");
    Files.move(folder, moved);
    assertEquals(Optional.of(Checkpoint.file(moved, 12)), Checkpoint.last(moved));
    Files.move(moved, folder);
  }

  @Test
  void newerFormatAndDamagedMetadataAreErrors() {
    Map<String, HostTensor> none = Map.of();
    Path file = folder.resolve("strange.safetensors");
    Safetensors.write(file, none, Map.of("format", "maskrcnn-jvm", "format_version", "99"));
    assertMessage(
        assertThrows(CheckpointException.class, () -> Checkpoint.describe(file)), "version 99");
    Safetensors.write(file, none, Map.of("format", "maskrcnn-jvm", "format_version", "1"));
    assertMessage(
        assertThrows(CheckpointException.class, () -> Checkpoint.describe(file)), "\"config\"");
  }

  private static void assertMessage(Exception e, String... parts) {
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage() + " should contain " + part);
    }
  }
}

package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.shapes.ShapesConfig;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user can get wrong: one clear line each, before any checkpoint is touched. */
class BadInputTest {
  @TempDir Path folder;
  private ShapesDataset data;
  private Path out;

  @BeforeEach
  void makeData() {
    data = ShapesDataset.prepare(folder.resolve("shapes"), new ShapesConfig(4, 2, 64, 3));
    out = folder.resolve("out");
  }

  private void fails(TrainingRun.Options options, String... parts) {
    fails(() -> options, parts);
  }

  /** Some settings are refused before there are options of a run. */
  private void fails(Supplier<TrainingRun.Options> options, String... parts) {
    RuntimeException e =
        assertThrows(
            RuntimeException.class,
            () -> TrainingRun.run(options.get(), new TinyRun.Console().out));
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
    assertTrue(e.getClass().getName().startsWith("dev.maskrcnn"), e.toString());
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage() + " should contain " + part);
    }
    assertFalse(Files.exists(out.resolve("last_checkpoint")));
  }

  private TrainingRun.Options with(String... pairs) {
    TrainingRun.Options o = TinyRun.options(data, out, 2);
    Config config = o.config().merge(List.of(pairs));
    return TinyRun.with(o, config);
  }

  private TrainingRun.Options on(Path images, Path annotations) {
    DataSources sources =
        new DataSources(
            List.of(new DatasetSource.Coco("bad", images, annotations)),
            List.of(TinyRun.val(data)));
    return TinyRun.on(TinyRun.options(data, out, 4), sources);
  }

  /** Annotations with a piece of text replaced. */
  private Path edited(String regex, String replacement) throws IOException {
    String text = Files.readString(data.trainAnnotations());
    String changed = text.replaceFirst(regex, replacement);
    assertFalse(text.equals(changed), "the edit " + regex + " did nothing");
    Path file = folder.resolve("edited.json");
    Files.writeString(file, changed);
    return file;
  }

  @Test
  void noData() {
    TrainingRun.Options o = TinyRun.options(data, out, 2);
    fails(TinyRun.on(o, new DataSources(List.of(), List.of())), "train: no data set");
  }

  @Test
  void missingPaths() {
    Path nowhere = folder.resolve("nowhere");
    fails(on(nowhere, data.trainAnnotations()), "nowhere", "does not exist");
    fails(on(data.trainImages(), nowhere), "nowhere", "does not exist");
    fails(on(data.trainAnnotations(), data.trainAnnotations()), "is not a folder");
  }

  @Test
  void annotationFileThatIsEmptyOrCut() throws IOException {
    Path file = folder.resolve("cut.json");
    byte[] whole = Files.readAllBytes(data.trainAnnotations());
    for (int length : new int[] {0, whole.length / 2}) {
      Files.write(file, Arrays.copyOf(whole, length));
      fails(on(data.trainImages(), file), "cut.json");
    }
    Files.writeString(file, "{\"images\": [], \"annotations\": [], \"categories\": []}");
    fails(on(data.trainImages(), file), "0 images and 0 categories");
  }

  @Test
  void annotationsThatNameWhatIsNotThere() throws IOException {
    fails(on(data.trainImages(), edited("\"category_id\" *: *\\d+", "\"category_id\":777")), "777");
    fails(
        on(data.trainImages(), edited("\"file_name\" *: *\"[^\"]*\"", "\"file_name\":\"no.png\"")),
        "1 of 4 image files are missing",
        "no.png");
  }

  @Test
  void masksWithoutOutlines() throws IOException {
    Path file = folder.resolve("edited.json");
    Files.writeString(
        file, Files.readString(data.trainAnnotations()).replace("\"segmentation\"", "\"comment\""));
    fails(on(data.trainImages(), file), "edited.json", "has no segmentation", "MASK_ON");
  }

  @Test
  void otherCategoriesInValidation() throws IOException {
    Path file = folder.resolve("one.json");
    TinyRun.writeOneCategory(data.trainAnnotations(), file);
    Files.writeString(file, Files.readString(file).replace("\"circle\"", "\"sphere\""));
    fails(on(data.trainImages(), file), "shapes_val", "categories", "differ");
  }

  @Test
  void imageOfAnotherSizeOrCut() throws IOException {
    Path wrong = edited("\"width\" *: *64", "\"width\":65");
    fails(allAtOnce(on(data.trainImages(), wrong)), "iteration 1: ", "65x64", "nothing is saved");
    Path first = data.trainImages().resolve("000000000001.png");
    Files.write(first, Arrays.copyOf(Files.readAllBytes(first), 300));
    fails(allAtOnce(TinyRun.options(data, out, 2)), "iteration 1: ", "000000000001.png");
  }

  private static TrainingRun.Options allAtOnce(TrainingRun.Options o) {
    Config config = o.config().with("DATALOADER.ASPECT_RATIO_GROUPING", false);
    return TinyRun.with(o, config.with("SOLVER.IMS_PER_BATCH", 4));
  }

  @Test
  void outputFolderThatCannotBe() throws IOException {
    out = Files.writeString(folder.resolve("file"), "").resolve("out");
    fails(TinyRun.options(data, out, 2), "file");
  }

  @Test
  void settingsThatCannotBe() {
    fails(() -> with("DTYPE", "float8"), "DTYPE", "float32, float16 or bfloat16");
    fails(() -> with("SOLVER.IMS_PER_BATCH", "0"), "SOLVER.IMS_PER_BATCH");
    fails(() -> with("SOLVER.MAX_ITER", "0", "SOLVER.CHECKPOINT_PERIOD", "0"), "CHECKPOINT_PERIOD");
    fails(() -> with("SOLVER.STEPS", "(5, 3)"), "SOLVER.STEPS");
    fails(() -> with("INPUT.MIN_SIZE_TRAIN", "0"), "INPUT.MIN_SIZE_TRAIN");
    fails(() -> with("INPUT.PIXEL_STD", "[1.0, 0.0, 1.0]"), "INPUT.PIXEL_STD");
    fails(() -> with("SOLVER.WARMUP_METHOD", "quick"), "SOLVER.WARMUP_METHOD");
  }

  @Test
  void weightsThatAreMissingOrBroken() throws IOException {
    TrainingRun.Options o = TinyRun.options(data, out, 2);
    fails(TinyRun.from(o, folder.resolve("no.safetensors")), "no.safetensors");
    Path broken = Files.writeString(folder.resolve("broken.safetensors"), "not a model at all");
    fails(TinyRun.from(o, broken), "broken.safetensors");
  }

  @Test
  void unknownDevice() {
    TrainingRun.Options o = TinyRun.options(data, out, 2);
    fails(TinyRun.device(o, "abacus"), "abacus");
  }
}

package dev.maskrcnn.detection.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.engine.TrainedSession;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.train.TinyRun;
import dev.maskrcnn.detection.train.TrainingRun;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.detection.weights.WeightFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictionRunTest {
  @TempDir static Path shared;
  private static ShapesDataset data;
  private static Path weights;

  @TempDir Path folder;
  private final TinyRun.Console console = new TinyRun.Console();

  @BeforeAll
  static void train() {
    data = TinyRun.data(shared);
    Path run = shared.resolve("run");
    TrainingRun.run(TinyRun.options(data, run, 2), new TinyRun.Console().out);
    weights = Checkpoint.finalFile(run);
  }

  private PredictionRun.Options options(double threshold, Path... inputs) {
    Config config = Checkpoint.describe(weights).config().orElseThrow();
    return new PredictionRun.Options(
        new TrainedSession.Choice(WeightFile.read(weights), config, "cpu", Optional.empty()),
        List.of(inputs),
        folder.resolve("out"),
        new PredictionRun.Drawing(threshold, 0),
        Optional.empty());
  }

  private static void picture(Path file, int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(width / 2, height / 2, 0xff8000);
    String name = file.getFileName().toString();
    assertTrue(ImageIO.write(image, name.substring(name.indexOf('.') + 1), file.toFile()));
  }

  private JsonNode json(String name) throws IOException {
    return new ObjectMapper().readTree(folder.resolve("out").resolve(name).toFile());
  }

  @Test
  void writesWhatItFoundAndAPictureOfIt() throws IOException {
    PredictionRun.Outcome outcome = PredictionRun.run(options(0, data.valImages()), console.out);
    assertEquals(new PredictionRun.Outcome(5, List.of()), outcome);
    JsonNode found = json("000001000001.json");
    assertEquals(64, found.path("width").intValue());
    assertEquals(ShapesDataset.categoryNames(), found.path("categories").findValuesAsText("name"));
    assertFalse(found.path("detections").isEmpty());
    double best = 1;
    for (JsonNode d : found.path("detections")) {
      assertTrue(d.path("score").doubleValue() <= best, "best first");
      best = d.path("score").doubleValue();
      assertEquals(4, d.path("bbox").size());
      assertEquals(64, d.at("/segmentation/size/0").intValue());
      int id = d.path("category_id").intValue();
      for (JsonNode c : found.path("categories")) {
        assertEquals(
            c.path("id").intValue() == id,
            c.path("name").equals(d.path("category_name")),
            "name of category " + id);
      }
    }
    assertTrue(ImageIO.read(folder.resolve("out/000001000001_overlay.png").toFile()) != null);
  }

  @Test
  void thresholdLeavesOutTheWeak() throws IOException {
    PredictionRun.run(options(1, data.valImages().resolve("000001000001.png")), console.out);
    assertTrue(json("000001000001.json").path("detections").isEmpty());
    assertThrows(RunException.class, () -> options(1.5, data.valImages()));
  }

  @Test
  void brokenImageAmongManyIsReportedAndTheRestGoesOn() throws IOException {
    Path images = Files.createDirectories(folder.resolve("images"));
    byte[] good = Files.readAllBytes(data.valImages().resolve("000001000001.png"));
    Files.write(images.resolve("a.png"), good);
    Files.write(images.resolve("b.png"), Arrays.copyOf(good, good.length / 3));
    Files.write(images.resolve("c.png"), new byte[0]);
    Files.write(images.resolve("d.png"), good);
    Files.writeString(images.resolve("notes.txt"), "no image");
    PredictionRun.Outcome outcome = PredictionRun.run(options(0.05, images), console.out);
    assertEquals(2, outcome.images());
    assertEquals(2, outcome.problems().size());
    assertTrue(outcome.problems().get(0).startsWith(images.resolve("b.png") + ": "));
    assertTrue(outcome.problems().get(1).startsWith(images.resolve("c.png") + ": "));
    assertTrue(console.text().lines().anyMatch(l -> l.contains("ERROR: ") && l.contains("b.png")));
    assertFalse(Files.exists(folder.resolve("out/b.json")));
    assertTrue(Files.exists(folder.resolve("out/d.json")));
  }

  @Test
  void imagesOfAnyShape() throws IOException {
    Path images = Files.createDirectories(folder.resolve("images"));
    picture(images.resolve("dot.png"), 1, 1);
    picture(images.resolve("wide.png"), 10000, 20);
    picture(images.resolve("tall.bmp"), 3, 500);
    PredictionRun.Outcome outcome = PredictionRun.run(options(0, images), console.out);
    assertEquals(new PredictionRun.Outcome(3, List.of()), outcome);
    for (JsonNode d : json("wide.json").path("detections")) {
      assertEquals(20, d.at("/segmentation/size/0").intValue());
      assertEquals(10000, d.at("/segmentation/size/1").intValue());
    }
  }

  @Test
  void sameNamesGetDifferentResults() throws IOException {
    Path a = Files.createDirectories(folder.resolve("a"));
    Path b = Files.createDirectories(folder.resolve("b"));
    picture(a.resolve("x.png"), 8, 8);
    picture(a.resolve("x.bmp"), 8, 8);
    picture(b.resolve("x.png"), 8, 8);
    List<PredictionFiles.Output> outputs =
        PredictionFiles.of(List.of(a, b), folder.resolve("out")).outputs();
    assertEquals(
        List.of("x.json", "x.png.json", "x.png-2.json"),
        outputs.stream().map(o -> o.json().getFileName().toString()).toList());
  }

  @Test
  void resultNeverOverwritesAnImage() throws IOException {
    picture(folder.resolve("x.png"), 8, 8);
    picture(folder.resolve("x_overlay.png"), 8, 8);
    RunException e =
        assertThrows(RunException.class, () -> PredictionFiles.of(List.of(folder), folder));
    assertTrue(e.getMessage().contains("x_overlay.png: would be overwritten"), e.getMessage());
  }

  @Test
  void namesComeFromAnAnnotationFileThatFits() throws IOException {
    PredictionRun.Options o = options(0, data.valImages().resolve("000001000001.png"));
    Path one = folder.resolve("one.json");
    TinyRun.writeOneCategory(data.valAnnotations(), one);
    String sphere = Files.readString(one).replace("\"circle\"", "\"sphere\"");
    Files.writeString(one, sphere);
    RunException e =
        assertThrows(RunException.class, () -> PredictionRun.run(named(o, one), console.out));
    assertTrue(e.getMessage().contains("1 categories [sphere] differ from the 6"), e.getMessage());
    PredictionRun.run(named(o, data.valAnnotations()), console.out);
    JsonNode own = json("000001000001.json");
    assertEquals(6, own.path("categories").size());
    TinyRun.renumberCategories(data.valAnnotations(), one);
    PredictionRun.run(named(o, one), console.out);
    JsonNode renumbered = json("000001000001.json");
    List<String> names = new ArrayList<>();
    own.path("categories").forEach(c -> names.add(c.path("name").asText()));
    List<String> again = new ArrayList<>();
    renumbered.path("categories").forEach(c -> again.add(c.path("name").asText()));
    assertEquals(names, again);
    assertFalse(own.path("categories").equals(renumbered.path("categories")));
  }

  private static PredictionRun.Options extended(
      PredictionRun.Options o, int heatMaps, Optional<StopRequest> watch) {
    return new PredictionRun.Options(
        o.model(),
        o.inputs(),
        o.outputDir(),
        new PredictionRun.Drawing(o.drawing().threshold(), heatMaps),
        watch);
  }

  @Test
  void drawsTheProbabilitiesOfTheBestMasks() throws IOException {
    PredictionRun.Options o = options(0, data.valImages().resolve("000001000001.png"));
    PredictionRun.run(extended(o, 2, Optional.empty()), console.out);
    int panels = Math.min(4, json("000001000001.json").path("detections").size());
    BufferedImage drawn = ImageIO.read(folder.resolve("out/000001000001_heatmaps.png").toFile());
    assertEquals(4, panels);
    assertEquals(2 * 260 + 3 * 8, drawn.getWidth());
    assertEquals(2 * 288 + 3 * 8, drawn.getHeight());
    assertFalse(Files.exists(folder.resolve("out/000001000002_heatmaps.png")));
  }

  @Test
  void watchesAFolderUntilAskedToEnd() throws Exception {
    Path images = Files.createDirectories(folder.resolve("camera"));
    byte[] photo = Files.readAllBytes(data.valImages().resolve("000001000001.png"));
    StopRequest stop = new StopRequest();
    PredictionRun.Options o = extended(options(0, images), 0, Optional.of(stop));
    CompletableFuture<PredictionRun.Outcome> run =
        CompletableFuture.supplyAsync(() -> PredictionRun.run(o, console.out));
    Files.write(images.resolve("a.png"), photo);
    await(() -> Files.exists(folder.resolve("out/a_overlay.png")));
    Files.delete(folder.resolve("out/a_overlay.png"));
    Files.write(images.resolve("b.png"), Arrays.copyOf(photo, photo.length / 2));
    picture(images.resolve("a.png"), 9, 9); // the camera writes its file anew
    await(() -> Files.exists(folder.resolve("out/a_overlay.png")));
    await(() -> console.text().contains("ERROR: " + images.resolve("b.png")));
    stop.request("test");
    PredictionRun.Outcome outcome = run.get(30, TimeUnit.SECONDS);
    assertEquals(2, outcome.images());
    assertEquals(1, outcome.problems().size());
    assertEquals(9, json("a.json").path("width").intValue());
    Path file = images.resolve("a.png");
    RunException e =
        assertThrows(
            RunException.class,
            () ->
                PredictionRun.run(
                    extended(options(0, file), 0, Optional.of(new StopRequest())), console.out));
    assertTrue(e.getMessage().startsWith(file + ": no folder"), e.getMessage());
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "nothing happened within a minute");
      Thread.sleep(20);
    }
  }

  private static PredictionRun.Options named(PredictionRun.Options o, Path annotations) {
    TrainedSession.Choice m = o.model();
    return new PredictionRun.Options(
        new TrainedSession.Choice(m.weights(), m.config(), m.device(), Optional.of(annotations)),
        o.inputs(),
        o.outputDir(),
        o.drawing(),
        o.watch());
  }

  @Test
  void missingInputsAndFoldersWithoutImagesAreErrors() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    for (Path input : List.of(folder.resolve("nowhere.jpg"), empty)) {
      RunException e =
          assertThrows(RunException.class, () -> PredictionRun.run(options(0, input), console.out));
      assertTrue(e.getMessage().startsWith(input.toString()), e.getMessage());
    }
    assertThrows(RunException.class, () -> PredictionRun.run(options(0), console.out));
  }
}

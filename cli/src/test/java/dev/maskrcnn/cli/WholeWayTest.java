package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real commands, one after the other, on a data set of a few images. */
class WholeWayTest {
  @TempDir private static Path temp;
  private static final Cli CLI = new Cli();
  private static Path data;
  private static Path run;

  @BeforeAll
  static void train() {
    data = temp.resolve("data");
    run = temp.resolve("run");
    ok("dataset shapes --train 4 --val 2 --size 64 --output-dir " + data);
    ok(
        "train --max-steps 2 --skip-test --output-dir %s --train-images %s --train-annotations %s"
                .formatted(run, data.resolve("train"), data.resolve("instances_train.json"))
            + " --val-images %s --val-annotations %s"
                .formatted(data.resolve("val"), data.resolve("instances_val.json"))
            + " SOLVER.IMS_PER_BATCH 2 INPUT.MIN_SIZE_TRAIN 64 INPUT.MAX_SIZE_TRAIN 64");
  }

  private static void ok(String words) {
    assertEquals(0, real(words), () -> CLI.out() + CLI.err());
  }

  private static int real(String words) {
    return CLI.runForReal(words.split(" "));
  }

  @Test
  void trainingLeavesItsFiles() {
    for (String name :
        List.of("log.txt", "metrics.jsonl", "last_checkpoint", "datasets.yaml", "loss.png")) {
      assertTrue(Files.isRegularFile(run.resolve(name)), name);
    }
  }

  @Test
  void evalFindsModelAndDataByTheFolder() throws IOException {
    ok("eval --weights " + run + " --output-dir " + temp.resolve("evaluated"));
    // The lines of pycocotools' summarize().
    String first = " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = ";
    assertEquals(2, CLI.out().lines().filter(line -> line.startsWith(first)).count(), CLI.out());
    Path results = temp.resolve("evaluated/inference/instances_val");
    for (String name : List.of("bbox.json", "segm.json", "results.json")) {
      assertTrue(Files.isRegularFile(results.resolve(name)), name);
    }
  }

  @Test
  void predictReportsWhatItCannotReadAndDoesTheRest() throws IOException {
    Path photos = Files.createDirectories(temp.resolve("photos"));
    Path broken = photos.resolve("broken.png");
    byte[] whole = Files.readAllBytes(files(data.resolve("val")).get(0));
    Files.write(broken, Arrays.copyOf(whole, whole.length / 2));
    image(photos.resolve("dot.png"), 1, 1);
    image(photos.resolve("strip.png"), 10_000, 20);
    Path out = temp.resolve("predicted");
    assertEquals(
        1,
        real("predict %s --weights %s --output-dir %s --threshold 0".formatted(photos, run, out)));
    CLI.assertOneErrorLine(List.of("1 of 3 images", "broken.png"));
    List<Path> written = files(out.resolve("predictions"));
    assertEquals(2, count(written, "dot"), written::toString);
    assertEquals(2, count(written, "strip"), written::toString);
    assertEquals(0, count(written, "broken"), written::toString);
    for (Path file : written) {
      if (file.toString().endsWith(".json")) {
        JsonMapper.builder().build().readTree(file.toFile());
      } else {
        assertTrue(ImageIO.read(file.toFile()) != null, file.toString());
      }
    }
  }

  @Test
  void aCheckpointOfAnotherArchitectureIsOneLine() throws IOException {
    Path weights = run.resolve(Files.readString(run.resolve("last_checkpoint")).strip());
    assertEquals(
        1,
        real(
            "predict %s --weights %s --output-dir %s --set MODEL.BACKBONE.OUT_CHANNELS=32"
                .formatted(data.resolve("val"), weights, temp.resolve("none"))));
    CLI.assertOneErrorLine(List.of(weights.toString()));
    Path cut = temp.resolve("cut.safetensors");
    byte[] whole = Files.readAllBytes(weights);
    Files.write(cut, Arrays.copyOf(whole, whole.length - 5000));
    assertEquals(1, real("eval --weights " + cut + " --config shapes_gn"));
    CLI.assertOneErrorLine(List.of("cut.safetensors"));
    assertFalse(CLI.out().contains("Average Precision"), CLI.out());
  }

  @Test
  void dataThatCannotBeTrainedOnIsOneLine() throws IOException {
    String json = Files.readString(data.resolve("instances_train.json"));
    Path bad = temp.resolve("bad.json");
    Files.writeString(bad, json.substring(0, json.length() / 2));
    List<String> words = new ArrayList<>();
    words.add("train --max-steps 1 --output-dir " + temp.resolve("bad_run"));
    words.add("--train-images " + data.resolve("train") + " --train-annotations " + bad);
    assertEquals(1, real(String.join(" ", words)));
    CLI.assertOneErrorLine(List.of("bad.json"));
    Files.writeString(bad, json.replaceFirst("0000000001.png", "0000000009.png"));
    assertEquals(1, real(String.join(" ", words)));
    CLI.assertOneErrorLine(List.of("0000000009.png"));
    assertFalse(Files.exists(temp.resolve("bad_run/last_checkpoint")));
    assertEquals(1, real("eval --device tpu --weights " + run));
    CLI.assertOneErrorLine(List.of("device tpu", "cpu"));
  }

  private static void image(Path file, int width, int height) throws IOException {
    ImageIO.write(
        new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> listed = Files.list(folder)) {
      return listed.sorted().toList();
    }
  }

  private static long count(List<Path> files, String part) {
    return files.stream().filter(f -> f.getFileName().toString().startsWith(part)).count();
  }
}

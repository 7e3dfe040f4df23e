package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.weights.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of {@code docs/library.md} are there as files, and do what they say. */
class ExamplesTest {
  private static final Path EXAMPLES = Path.of("../docs/examples").toAbsolutePath().normalize();
  private static final List<String> SMALL =
      List.of(
          "SOLVER.IMS_PER_BATCH=2,INPUT.MIN_SIZE_TRAIN=64,INPUT.MAX_SIZE_TRAIN=64,"
              .concat("INPUT.MIN_SIZE_TEST=64,INPUT.MAX_SIZE_TEST=64")
              .split("[=,]"));

  @TempDir private Path folder;

  private String run(String name, List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Djava.awt.headless=true", "-cp", LessonsTest.classPath()));
    command.add(EXAMPLES.resolve(name + ".java").toString());
    command.addAll(arguments);
    Path output = folder.resolve(name + ".txt");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertTrue(process.waitFor(240, TimeUnit.SECONDS), name + " does not end");
    String printed = LessonsTest.readWithoutWarnings(output);
    assertEquals(0, process.exitValue(), printed);
    return printed;
  }

  @Test
  void thePageShowsEachFileAsItIs() throws IOException {
    String page = Files.readString(EXAMPLES.resolveSibling("library.md"));
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      for (Path file : files.toList()) {
        String block = "```java\n" + Files.readString(file).strip() + "\n```\n";
        assertTrue(page.contains(block), "docs/library.md does not show " + file.getFileName());
      }
    }
  }

  @Test
  void aSmallNetworkLearns() throws Exception {
    List<String> lines = run("TinyNetwork", List.of()).lines().toList();
    assertEquals(4, lines.size(), lines::toString);
    String last = lines.get(3);
    double loss = Double.parseDouble(last.substring(last.lastIndexOf(' ') + 1));
    assertTrue(last.startsWith("step 200, loss ") && loss < 0.05, last);
  }

  @Test
  void aBackboneOfOnesOwnTrainsAndDetects() throws Exception {
    List<String> lines = run("OwnBackbone", List.of()).lines().toList();
    assertEquals(6, lines.size(), lines::toString);
    for (String line : lines.subList(0, 5)) {
      double loss = Double.parseDouble(line.substring(line.indexOf(' ') + 1));
      assertTrue(line.startsWith("loss_") && loss > 0 && loss < 10, line);
    }
    assertTrue(lines.get(5).endsWith(" objects found"), lines.get(5));
  }

  @Test
  void aDetectorIsTrainedAndRuns() throws Exception {
    Path data = shapes();
    Path model = folder.resolve("run");
    List<String> arguments = new ArrayList<>(List.of(data.toString(), model.toString(), "2"));
    arguments.addAll(SMALL);
    String printed = run("TrainDetector", arguments);
    assertEquals(2, printed.lines().filter(l -> l.startsWith("my_val AP ")).count(), printed);
    Path photo;
    try (Stream<Path> photos = Files.list(data.resolve("val"))) {
      photo = photos.sorted().findFirst().orElseThrow();
    }
    run("RunDetector", List.of(model.toString(), photo.toString()));
    assertTrue(ImageIO.read(Path.of(photo + ".found.png").toFile()) != null);
  }

  @Test
  void aListenerEndsTheTraining() throws Exception {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of(shapes().toString(), folder.resolve("run").toString(), "1000"));
    arguments.addAll(SMALL);
    String printed = run("FollowTraining", arguments);
    assertTrue(printed.contains("5 iterations, losses ["), printed);
    assertTrue(Files.exists(folder.resolve("run/model_final.safetensors")), printed);
  }

  @Test
  void aLoopOfOnesOwnTrains() throws Exception {
    Path model = folder.resolve("own.safetensors");
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of(shapes().toString(), model.toString(), "4"));
    arguments.addAll(SMALL);
    List<String> printed = run("OwnLoop", arguments).lines().toList();
    assertEquals(4, printed.size(), printed::toString);
    double first = Double.parseDouble(printed.get(0).replaceFirst(".* ", ""));
    double last = Double.parseDouble(printed.get(3).replaceFirst(".* ", ""));
    assertTrue(last < first, printed::toString);
    assertTrue(Checkpoint.describe(model).config().isPresent());
  }

  private Path shapes() {
    Path data = folder.resolve("data");
    Cli cli = new Cli();
    String shapes = "dataset shapes --train 4 --val 2 --size 64 --output-dir " + data;
    assertEquals(0, cli.runForReal(shapes.split(" ")), cli::err);
    return data;
  }
}

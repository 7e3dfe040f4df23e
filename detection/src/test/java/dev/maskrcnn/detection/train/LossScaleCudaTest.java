package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.CudaDevice;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.log.MetricsRow;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Gradients that overflow in float16 within whole runs: a run that goes on with a loss scale far
 * too large skips updates and halves the scale until they are finite, and then trains; a run that
 * is resumed from the middle of it repeats it to the bit.
 */
class LossScaleCudaTest {
  private static final String KEY = "loss_scale";
  private static final float HUGE = 0x1p20f;
  private static final int STEPS = 8;

  @TempDir Path folder;

  private static TrainingRun.Options options(ShapesDataset data, Path out, int steps) {
    TrainingRun.Options o =
        TinyRun.on(
            TinyRun.options(data, out, steps),
            new DataSources(List.of(TinyRun.train(data)), List.of()));
    List<String> changes = List.of("DTYPE", "float16", "SOLVER.CHECKPOINT_PERIOD", "1");
    return TinyRun.device(TinyRun.with(o, o.config().merge(changes)), CudaDevice.name());
  }

  /** A folder with a checkpoint as the newest. */
  private Path started(String name, Path checkpoint) throws IOException {
    Path out = Files.createDirectories(folder.resolve(name));
    Files.copy(checkpoint, out.resolve(checkpoint.getFileName()));
    Files.writeString(out.resolve(Checkpoint.LAST), checkpoint.getFileName().toString());
    return out;
  }

  private static void setScale(Path checkpoint, float scale) {
    SafetensorsFile file = Safetensors.read(checkpoint);
    Map<String, String> metadata = new LinkedHashMap<>(file.metadata());
    assertEquals("8192.0 1 1 0", metadata.get(KEY), "scale, tracker, taken, skipped");
    metadata.put(KEY, scale + " 1 1 0");
    Safetensors.write(checkpoint, file.tensors(), metadata);
  }

  private static String run(TrainingRun.Options o) {
    TinyRun.Console console = new TinyRun.Console();
    TrainingRun.run(TinyRun.resumed(o), console.out);
    return console.text();
  }

  private static Map<Integer, MetricsRow> steps(Path out) {
    Map<Integer, MetricsRow> rows = new LinkedHashMap<>();
    MetricsFile.read(out.resolve("metrics.jsonl")).stream()
        .filter(row -> row.values().containsKey("loss"))
        .forEach(row -> rows.put((int) row.iteration(), row));
    return rows;
  }

  /** Scale, tracker, taken, skipped. */
  private static double[] state(Path out, int iteration) {
    String text = Safetensors.read(Checkpoint.file(out, iteration)).metadata().get(KEY);
    return List.of(text.split(" ")).stream().mapToDouble(Double::parseDouble).toArray();
  }

  private static boolean sameTensors(Path out, int iteration, Path otherOut, int other) {
    Map<String, HostTensor> a = Safetensors.read(Checkpoint.file(out, iteration)).tensors();
    Map<String, HostTensor> b = Safetensors.read(Checkpoint.file(otherOut, other)).tensors();
    assertEquals(a.keySet(), b.keySet());
    assertTrue(a.keySet().stream().anyMatch(name -> name.startsWith("optimizer")), "no momentum");
    return a.entrySet().stream()
        .allMatch(e -> Arrays.equals(e.getValue().floats(), b.get(e.getKey()).floats()));
  }

  @Test
  void overflowsAreSkippedUntilTheScaleFits() throws IOException {
    CudaDevice.open().close();
    ShapesDataset data = TinyRun.data(folder);
    Path first = folder.resolve("first");
    run(options(data, first, 1));
    Path checkpoint = Checkpoint.file(first, 1);
    setScale(checkpoint, HUGE);
    Path out = started("overflowing", checkpoint);
    TrainingRun.Options o = options(data, out, STEPS);
    String said = run(o);
    SolverSettings solver = SolverSettings.of(o.config(), OptionalInt.of(STEPS));
    assertFalse(said.contains("the last one"), said);
    String cutShort = run(options(data, started("short", checkpoint), 2));
    assertTrue(cutShort.contains("the update of iteration 2, the last one, was skipped"), cutShort);
    int skipped = 0;
    for (int i = 2; i <= STEPS; i++) {
      assertEquals(solver.rate(i), steps(out).get(i).value("lr"), 1e-12, "a skipped update counts");
      skipped += skips(out, i, said) ? 1 : 0;
    }
    assertTrue(skipped >= 3, skipped + " skipped");
    assertTrue(STEPS - 1 - skipped >= 3, "only " + (STEPS - 1 - skipped) + " taken");

    Path again = started("resumed", Checkpoint.file(out, 3));
    run(options(data, again, STEPS));
    for (int i = 4; i <= STEPS; i++) {
      for (String name : List.of("loss", KEY, "lr")) {
        double expected = steps(out).get(i).value(name);
        assertEquals(expected, steps(again).get(i).value(name), name + " of step " + i);
      }
    }
    assertTrue(sameTensors(out, STEPS, again, STEPS), "the resumed run ends elsewhere");
    assertArrayEquals(state(out, STEPS), state(again, STEPS));
  }

  /** Whether the update of a step was skipped; all that is left of the step must agree with it. */
  private static boolean skips(Path out, int i, String said) {
    MetricsRow row = steps(out).get(i);
    double[] before = state(out, i - 1);
    double[] now = state(out, i);
    boolean skips = now[3] > before[3];
    assertEquals(before[0], row.value(KEY), "scale of step " + i);
    row.values().forEach((name, v) -> assertTrue(Double.isFinite(v), name + " is " + v));
    assertEquals(before[2] + before[3] + 1, now[2] + now[3], "taken or skipped, step " + i);
    assertEquals(skips ? before[0] / 2 : before[0], now[0], "scale after step " + i);
    assertEquals(skips ? 0 : before[1] + 1, now[1], "tracker after step " + i);
    assertEquals(skips, sameTensors(out, i, out, i - 1), "weights and momentum, step " + i);
    String line = "the update before iteration %d was skipped, the loss scale is now %s";
    assertEquals(skips && i < STEPS, said.contains(line.formatted(i + 1, now[0])), said);
    return skips;
  }
}

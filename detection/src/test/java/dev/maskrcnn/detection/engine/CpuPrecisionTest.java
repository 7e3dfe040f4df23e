package dev.maskrcnn.detection.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.train.TinyRun;
import dev.maskrcnn.detection.train.TrainingRun;
import dev.maskrcnn.detection.weights.Checkpoint;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What DTYPE comes to on the CPU: said once, and the run goes on. */
class CpuPrecisionTest {
  private static final String SWITCH = "maskrcnn.cpu.bf16";

  @TempDir static Path shared;
  private static ShapesDataset data;

  @TempDir Path folder;

  @BeforeAll
  static void makeData() {
    data = TinyRun.data(shared);
  }

  @AfterEach
  void restore() {
    System.clearProperty(SWITCH);
  }

  /** Runs two steps; returns what the console shows of the precision. */
  private String notice(String dtype) {
    TrainingRun.Options options = TinyRun.options(data, folder.resolve(dtype), 2);
    TinyRun.Console console = new TinyRun.Console();
    TrainingRun.run(TinyRun.with(options, TinyRun.config().with("DTYPE", dtype)), console.out);
    List<String> lines =
        console.text().lines().filter(line -> line.contains("on device cpu: ")).toList();
    assertEquals(dtype.equals("float32") ? 0 : 1, lines.size(), console.text());
    return String.join("", lines);
  }

  private double loss(String dtype) {
    return MetricsFile.read(folder.resolve(dtype).resolve("metrics.jsonl")).stream()
        .filter(row -> row.values().containsKey("loss"))
        .mapToDouble(row -> row.values().get("loss"))
        .sum();
  }

  /** A second measurement may find otherwise: here the property plays its part. */
  @Test
  void theDecisionOfARunIsKept() {
    Path run = folder.resolve("kept");
    System.setProperty(SWITCH, "false");
    TrainingRun.run(brainFloat(run), new TinyRun.Console().out);
    Config recorded = Checkpoint.describe(Checkpoint.finalFile(run)).config().orElseThrow();
    assertEquals("float32", recorded.text("MODEL.CPU_BFLOAT16"));
    System.setProperty(SWITCH, "true");
    TinyRun.Console console = new TinyRun.Console();
    TrainingRun.run(TinyRun.resumed(brainFloat(run)), console.out);
    assertTrue(console.text().contains("computing in float32"), console.text());
    try (Session evaluated = Session.open("cpu", recorded, 1)) {
      assertEquals("float32", evaluated.config().text("MODEL.CPU_BFLOAT16"));
    }
  }

  private static TrainingRun.Options brainFloat(Path run) {
    return TinyRun.with(TinyRun.options(data, run, 1), TinyRun.config().with("DTYPE", "bfloat16"));
  }

  @Test
  void theDecisionIsOneOfThree() {
    Config config = TinyRun.config().merge(List.of("MODEL.CPU_BFLOAT16", "always"));
    RunException e = assertThrows(RunException.class, () -> Session.open("cpu", config, 1));
    assertTrue(e.getMessage().startsWith("MODEL.CPU_BFLOAT16: got \"always\" in "), e.getMessage());
  }

  @Test
  void float16IsDeclined() {
    notice("float32");
    String line = notice("float16");
    assertTrue(line.contains("WARNING: DTYPE float16 on device cpu: computing in float32"), line);
    assertTrue(line.contains("no products of float16"), line);
    assertEquals(loss("float32"), loss("float16"));
  }

  @Test
  void bfloat16IsUsedOrDeclinedWithItsReason() {
    System.setProperty(SWITCH, "false");
    String declined = notice("bfloat16");
    assertTrue(declined.contains("computing in float32; -Dmaskrcnn.cpu.bf16=false"), declined);
    double plain = loss("bfloat16");
    System.setProperty(SWITCH, "true");
    String line = notice("bfloat16");
    if (line.contains("oneDNN has no products")) {
      System.out.println("SKIPPED: " + line);
      return;
    }
    assertTrue(line.contains("operands of convolutions and matrix products"), line);
    assertTrue(line.contains("times as fast as in float32"), line);
    assertNotEquals(plain, loss("bfloat16"));
    assertEquals(plain, loss("bfloat16"), 0.05 * plain);
  }
}

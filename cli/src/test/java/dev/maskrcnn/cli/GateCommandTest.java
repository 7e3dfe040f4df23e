package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GateCommandTest {
  @TempDir private Path temp;
  private final Cli cli = new Cli();
  private String file;

  /** Lines as Python's dllogger writes them. */
  @BeforeEach
  void makeRecords() throws IOException {
    String stamp =
        "DLLL {\"timestamp\": \"1.5\", \"datetime\": \"2022-05-05 01:02:03.000004\","
            + " \"elapsedtime\": \"1.0\", \"type\": \"LOG\", \"step\": ";
    file = temp.resolve("dllogger.out").toString();
    Files.write(
        Path.of(file),
        List.of(
            "something else",
            stamp + "\"PARAMETER\", \"data\": {\"gpu_count\": 8}}",
            stamp + "[16667, 13.6], \"data\": {\"BBOX_mAP\": 0.1, \"MASK_mAP\": 0.3417}}",
            stamp + "[], \"data\": {\"e2e_train_time\": 6660.0, \"train_perf_fps\": 240.25}}",
            stamp + "[], \"data\": {\"BBOX_mAP\": 0.3763, \"MASK_mAP\": NaN}}"));
  }

  @Test
  void thresholdsThatAreMet() {
    assertEquals(0, cli.run("gate", file, "--min-bbox-map", "0.375", "--min-train-fps", "240"));
    assertEquals(
        List.of(
            "pass BBOX_mAP: 0.3763, expected at least 0.3750",
            "pass train_perf_fps: 240.2500, expected at least 240.0000",
            "&&&& PASSED"),
        cli.out().lines().toList());
    assertEquals(0, cli.run("gate", file, "--min-train-fps", "250", "--tolerance", "0.1"));
  }

  @Test
  void thresholdsThatAreNot() {
    assertEquals(1, cli.run("gate", file, "--min-bbox-map", "0.375", "--min-train-fps", "247"));
    assertTrue(cli.out().endsWith("&&&& FAILED\n"), cli.out());
    assertEquals(1, cli.run("gate", file, "--min-mask-map", "0"));
    assertTrue(cli.out().contains("FAIL MASK_mAP: nan"), cli.out());
    assertEquals(1, cli.run("gate", file, "--min-infer-fps", "1"));
    assertTrue(cli.out().contains("inference_perf_fps: not in the records"), cli.out());
    assertEquals("", cli.err());
  }

  @Test
  void wrongUse() throws IOException {
    assertEquals(2, cli.run("gate", file));
    assertEquals(2, cli.run("gate", file, "--min-train-fps", "1", "--tolerance", "1"));
    cli.fails(List.of("no such file", "none.out"), "gate", "none.out", "--min-bbox-map", "0.3");
    Files.writeString(Path.of(file), "DLLL {oops\n");
    cli.fails(List.of("line 1 is no JSON"), "gate", file, "--min-bbox-map", "0.3");
  }
}

package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.log.DlRecords;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmarks for real, with a small model. */
class BenchmarkCommandsTest {
  private static final List<String> SMALL =
      List.of(
          "MODEL.BACKBONE.OUT_CHANNELS", "16",
          "MODEL.RESNETS.STEM_OUT_CHANNELS", "8",
          "MODEL.RESNETS.RES2_OUT_CHANNELS", "16",
          "MODEL.RESNETS.WIDTH_PER_GROUP", "8",
          "MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM", "32",
          "MODEL.ROI_MASK_HEAD.CONV_LAYERS", "(16, 16)",
          "INPUT.MIN_SIZE_TRAIN", "128",
          "INPUT.MIN_SIZE_TEST", "128");

  @TempDir private Path temp;
  private final Cli cli = new Cli();

  private int run(String... words) {
    List<String> all = new ArrayList<>(List.of("benchmark"));
    all.addAll(List.of(words));
    all.addAll(List.of("--output-dir", temp.toString()));
    all.addAll(SMALL);
    return cli.runForReal(all.toArray(String[]::new));
  }

  private double printed(String line) {
    Matcher matcher = Pattern.compile(line + " perf is: (\\d+\\.\\d+) FPS").matcher(cli.out());
    assertTrue(matcher.find(), cli.out());
    return Double.parseDouble(matcher.group(1));
  }

  @Test
  void train() {
    Path json = temp.resolve("train.json");
    assertEquals(
        0,
        run("train", "--steps", "3", "--batch", "2", "--json-summary", json.toString(), "float32"),
        cli::err);
    DlRecords records = DlRecords.read(json);
    double fps = records.number("train_perf_fps").orElseThrow();
    assertEquals(6 / records.number("e2e_train_time").orElseThrow(), fps, 1e-6);
    assertEquals(fps, printed("Training"), 1e-4);
    assertTrue(cli.out().contains("median step: "), cli.out());
  }

  @Test
  void inference() {
    assertEquals(0, run("inference", "--steps", "3", "--batch", "2"), cli::err);
    DlRecords records = DlRecords.read(temp.resolve("dllogger_inference.out"));
    double fps = records.number("inference_perf_fps").orElseThrow();
    assertEquals(6 / records.number("e2e_infer_time").orElseThrow(), fps, 1e-6);
    assertEquals(fps, printed("Inference"), 1e-4);
    assertTrue(records.number("latency_90").orElseThrow() > 0);
  }

  @Test
  void wrongWords() {
    assertEquals(2, run("train", "float61"), cli::err);
    assertTrue(cli.err().contains("float16, float32"), cli.err());
    assertEquals(2, run("train", "--steps", "0"));
    assertEquals(2, run("inference", "--batch", "0"));
  }
}

package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.CudaDevice;
import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.log.MetricsRow;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tiny run on a CUDA device, by default the emulated one, beside the same run on the CPU. */
class TrainingRunCudaTest {
  private static final int STEPS = 4;

  @TempDir Path folder;

  private List<MetricsRow> run(ShapesDataset data, String device) {
    Path out = folder.resolve(device.replace(':', '-'));
    TrainingRun.Options o = TinyRun.options(data, out, STEPS);
    TrainingRun.run(TinyRun.device(TinyRun.tested(o), device), new TinyRun.Console().out);
    assertTrue(Files.exists(out.resolve("inference/shapes_val/segm.json")));
    return MetricsFile.read(out.resolve("metrics.jsonl")).stream()
        .filter(row -> row.values().containsKey("loss"))
        .toList();
  }

  @Test
  void lossesAreThoseOfTheCpu() {
    CudaDevice.open().close();
    ShapesDataset data = TinyRun.data(folder);
    List<MetricsRow> cpu = run(data, "cpu");
    List<MetricsRow> cuda = run(data, CudaDevice.name());
    assertEquals(STEPS, cpu.size());
    assertEquals(STEPS, cuda.size());
    for (int i = 0; i < STEPS; i++) {
      List<String> losses =
          cpu.get(i).values().keySet().stream().filter(k -> k.startsWith("loss")).toList();
      assertFalse(losses.isEmpty());
      for (String loss : losses) {
        double expected = cpu.get(i).value(loss);
        // The first step draws the same samples. After an update that differs in the last bits,
        // some of the proposals of an untrained network, whose scores are all alike, change places.
        double tolerance = (i == 0 ? 1e-6 : 5e-3) * Math.max(1, Math.abs(expected));
        assertEquals(expected, cuda.get(i).value(loss), tolerance, loss + " of step " + (i + 1));
      }
    }
  }
}

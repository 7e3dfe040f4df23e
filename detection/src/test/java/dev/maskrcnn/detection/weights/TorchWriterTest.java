package dev.maskrcnn.detection.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.io.HostTensor;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files for PyTorch, read back here and, where it is installed, by PyTorch. */
class TorchWriterTest {

  private static Map<String, Object> content() {
    Map<String, HostTensor> model = new LinkedHashMap<>();
    model.put("a.weight", HostTensor.of(new float[] {1.5f, -2, 3, 4, 5, 6}, 2, 3));
    model.put("b", HostTensor.of(new double[] {0.1}, 1));
    model.put("scalar", HostTensor.of(new float[] {7}));
    model.put("empty", HostTensor.of(new float[0], 0, 3));
    model.put("ids", HostTensor.of(new long[] {1L << 40, -1}, 2));
    model.put("flags", HostTensor.of(new byte[] {0, (byte) 255}, 2));
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("model", model);
    Map<Long, Object> state =
        Map.of(3L, Map.of("momentum_buffer", HostTensor.of(new float[] {9, 8}, 2)));
    root.put("optimizer", Map.of("state", state, "param_groups", List.of(Map.of("lr", 0.01))));
    root.put("iteration", 12L);
    root.put("note", "ünïcode");
    root.put("big", 12345678901234L);
    return root;
  }

  @Test
  void isReadBack(@TempDir Path folder) {
    Path file = folder.resolve("out.pth");
    TorchWriter.write(file, content());
    WeightFile read = WeightFile.read(file);
    assertEquals(WeightFile.Form.TORCH, read.form());
    assertEquals(OptionalInt.of(12), read.iteration());
    assertEquals(6, read.tensors().size());
    assertArrayEquals(new float[] {1.5f, -2, 3, 4, 5, 6}, read.tensors().get("a.weight").floats());
    assertArrayEquals(new long[] {2, 3}, read.tensors().get("a.weight").shape());
    assertArrayEquals(new float[] {9, 8}, read.momenta().get(3).floats());
    assertThrows(
        CheckpointException.class, () -> TorchWriter.write(file, Map.of("x", new Object())));
    assertEquals(6, WeightFile.read(file).tensors().size());
  }

  @Test
  void pyTorchReadsIt(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("out.pth");
    TorchWriter.write(file, content());
    String script =
        """
        import sys
        try:
            import torch
        except ImportError:
            print('no torch'); sys.exit()
        d = torch.load(sys.argv[1], map_location='cpu')
        m = d['model']
        print(m['a.weight'].tolist(), m['b'].dtype, m['scalar'].item(), list(m['empty'].shape))
        print(m['ids'].tolist(), m['flags'].tolist(), d['iteration'], d['big'], d['note'])
        print(d['optimizer']['state'][3]['momentum_buffer'].tolist())
        """;
    String printed = python(folder, script, file.toString());
    assumeTrue(
        !printed.isEmpty() && !printed.startsWith("no torch"),
        "SKIPPED: no python3 with torch here to read the file");
    assertEquals(
        """
        [[1.5, -2.0, 3.0], [4.0, 5.0, 6.0]] torch.float64 7.0 [0, 3]
        [1099511627776, -1] [0, 255] 12 12345678901234 ünïcode
        [9.0, 8.0]
        """,
        printed);
  }

  /** What a script prints, by the first python3 that there is; empty without one. */
  private static String python(Path folder, String script, String argument)
      throws IOException, InterruptedException {
    for (String python : List.of("/usr/bin/python3", "python3")) {
      if (python.startsWith("/") && !new File(python).canExecute()) {
        continue;
      }
      Path output = folder.resolve("printed.txt");
      ProcessBuilder builder =
          new ProcessBuilder(python, "-c", script, argument)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().put("PYTHONIOENCODING", "utf-8");
      try {
        Process process = builder.start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (IOException e) {
        continue;
      }
      String printed = Files.readString(output);
      if (!printed.startsWith("no torch")) {
        return printed;
      }
    }
    return "";
  }
}

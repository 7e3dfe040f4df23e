package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Reads what ptxas said of each kernel on each architecture. */
class RegisterReportTest {
  private static final Pattern KERNEL =
      Pattern.compile("Compiling entry function '(\\w+)' for '(\\w+)'");
  private static final Pattern SPILL = Pattern.compile("(\\d+) bytes spill stores");

  /** Kernels that decide the time of a step. */
  private static final Pattern HOT =
      Pattern.compile("(roi_align|nms|match|topk|select|rank|sgd|multi_tensor_sgd).*");

  @Test
  void hotKernelsSpillNoRegisters() throws IOException {
    Path report = Path.of(System.getProperty("cuda.report", "target/ptxas.txt"));
    assumeTrue(
        Files.isRegularFile(report),
        "skipped: " + report + " does not exist, nvcc was not there to write it");
    List<String> spilling = new ArrayList<>();
    String kernel = "";
    int kernels = 0;
    for (String line : Files.readAllLines(report)) {
      Matcher named = KERNEL.matcher(line);
      Matcher spill = SPILL.matcher(line);
      if (named.find()) {
        kernel = named.group(1) + " on " + named.group(2);
        kernels++;
      } else if (spill.find() && !spill.group(1).equals("0") && HOT.matcher(kernel).matches()) {
        spilling.add(kernel + ": " + spill.group());
      }
    }
    assertTrue(kernels > 100, "only " + kernels + " kernels in " + report);
    assertEquals(List.of(), spilling, "hot kernels that spill registers");
  }
}

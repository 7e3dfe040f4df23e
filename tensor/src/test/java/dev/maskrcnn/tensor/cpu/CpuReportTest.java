package dev.maskrcnn.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.spi.DeviceReport;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class CpuReportTest {
  @Test
  void isFoundAndSaysWhatOneDnnUses() {
    DeviceReport report =
        ServiceLoader.load(DeviceReport.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(r -> r.kind().equals("cpu"))
            .findFirst()
            .orElseThrow();
    List<String> lines = report.lines();
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("oneDNN: 3.")), lines.toString());
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("threads: ")), lines.toString());
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("memory: ")), lines.toString());
  }

  /** Codes as the oneDNN manual lists them. */
  @Test
  void namesInstructionSets() {
    assertEquals("AVX2", CpuReport.instructionSet(0x7));
    assertEquals("AVX-512 with VNNI", CpuReport.instructionSet(0x67));
    assertEquals("AMX", CpuReport.instructionSet(0xfef));
    assertEquals("no vector instructions that it knows", CpuReport.instructionSet(0));
  }
}

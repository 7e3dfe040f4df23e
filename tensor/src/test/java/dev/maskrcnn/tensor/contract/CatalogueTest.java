package dev.maskrcnn.tensor.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.device.KernelSource;
import dev.maskrcnn.tensor.op.Boxes;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.OpDocument;
import dev.maskrcnn.tensor.reference.ReferenceKernels;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Nothing of the catalogue is forgotten. */
class CatalogueTest {

  @Test
  void theCatalogueIsFound() {
    assertTrue(Catalogue.ops().size() >= 60, "only " + Catalogue.ops());
  }

  @Test
  void everyOpHasReferenceKernel() {
    KernelTable table = ReferenceKernels.table();
    assertEquals(List.of(), without(table), "ops without a line in ReferenceKernels.java");
  }

  @Test
  void everyOpHasCpuKernel() {
    try (Device cpu = Device.cpu()) {
      assertEquals(List.of(), without(cpu.kernels()), "ops without a kernel in tensor.cpu");
    }
  }

  private static List<String> without(KernelTable table) {
    return Catalogue.ops().stream()
        .filter(op -> table.find(op).isEmpty())
        .map(Class::getSimpleName)
        .toList();
  }

  @Test
  void everyOpHasSeveralCases() {
    Set<String> lacking = new HashSet<>();
    List<OpCase> cases = OpCases.all();
    for (Class<? extends Op> op : Catalogue.ops()) {
      long count = cases.stream().filter(c -> c.op().getClass() == op).count();
      if (count < 3) {
        lacking.add(op.getSimpleName() + " has " + count);
      }
    }
    assertEquals(Set.of(), lacking, "ops with fewer than three cases in OpCases");
  }

  @Test
  void everyOpIsMeasured() {
    Set<Class<? extends Op>> measured =
        OpCases.benchmarks().stream().map(BenchmarkCase::type).collect(Collectors.toSet());
    List<String> missing =
        Catalogue.ops().stream()
            .filter(op -> !measured.contains(op))
            .map(Class::getSimpleName)
            .toList();
    assertEquals(List.of(), missing, "ops without a benchmark case in OpCases");
  }

  @Test
  void benchmarksHaveNamesOfTheirOwn() {
    Set<String> names = new HashSet<>();
    for (BenchmarkCase c : OpCases.benchmarks()) {
      assertTrue(c.name().matches("[A-Za-z0-9]+/[a-z0-9-]+"), c.name());
      assertTrue(names.add(c.name()), "two cases " + c.name());
    }
  }

  @Test
  void everyOpIsDocumented() {
    for (Class<? extends Op> op : Catalogue.ops()) {
      OpDocument d = OpDocument.of(op);
      assertTrue(d.record().startsWith(op.getSimpleName() + "("), d.record());
      assertTrue(d.text().length() > 2 && !d.text().contains("{@"), d.toString());
      assertTrue(d.line() > 1, d.toString());
    }
  }

  @Test
  void sourcesOfKernelsExist() {
    for (String name : List.of("cpu", "reference")) {
      try (Device device = Device.open(name)) {
        for (Class<? extends Op> op : Catalogue.ops()) {
          List<String> files =
              device.kernels().source(op).map(KernelSource::files).orElse(List.of());
          for (String file : files) {
            assertTrue(Files.isRegularFile(Path.of("..").resolve(file)), op + ": " + file);
          }
        }
        String file = device.kernels().source(Boxes.MatchBoxes.class).orElseThrow().files().get(0);
        assertTrue(file.matches(".*/(MatchBoxesJava|MatchingReference).java"), file);
      }
    }
  }
}

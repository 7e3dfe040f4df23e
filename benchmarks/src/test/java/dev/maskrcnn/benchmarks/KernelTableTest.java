package dev.maskrcnn.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table has every op, its traffic is right, and it says what cannot be measured. */
final class KernelTableTest {
  private static String print(String... args) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    new KernelTable(KernelTableOptions.parse(List.of(args)), out).print();
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static List<Class<? extends Op>> catalogue(Class<? extends Op> type) {
    if (!type.isSealed()) {
      return type.isRecord() ? List.of(type) : List.of(); // Custom ops are no part of it.
    }
    List<Class<? extends Op>> all = new ArrayList<>();
    for (Class<?> c : type.getPermittedSubclasses()) {
      all.addAll(catalogue(c.asSubclass(Op.class)));
    }
    return all;
  }

  @Test
  void everyOpHasALine() {
    Set<Class<? extends Op>> shown =
        KernelTable.cases().stream().map(KernelCase::type).collect(Collectors.toSet());
    List<String> missing =
        catalogue(Op.class).stream()
            .filter(op -> !shown.contains(op))
            .map(Class::getSimpleName)
            .toList();
    assertEquals(List.of(), missing, "ops without a line in the table");
  }

  /** Every case runs at the small size, for one image and for two. */
  @Test
  void everyCaseRuns() {
    String table =
        print(
            "--device",
            "cpu",
            "--beside",
            "none",
            "--size",
            "small",
            "--seconds",
            "0",
            "--batch",
            "1,2",
            "--only",
            "");
    for (KernelCase c : KernelTable.cases()) {
      if (c.precision() == DType.F32) {
        assertTrue(table.contains(c.name() + " "), c.name() + " is not in\n" + table);
      }
    }
  }

  @Test
  void trafficIsWhatMustMove() {
    try (Device cpu = Device.cpu()) {
      assertEquals(886e6, bytes(cpu, "sgd step, 44.3 M parameters", ModelSize.FULL), 1e3);
      double p2 = 4.0 * 16 * 24 * 32;
      assertEquals(3 * p2, bytes(cpu, "add, P2", ModelSize.SMALL));
      assertEquals(2 * p2, bytes(cpu, "relu, P2", ModelSize.SMALL));
      assertEquals(3 * p2, bytes(cpu, "accumulate, P2", ModelSize.SMALL));
      assertEquals(2.0 * 8 * 784 * 4, bytes(cpu, "mask of the class, 128 rois", ModelSize.SMALL));
    }
  }

  private static double bytes(Device device, String name, ModelSize size) {
    KernelCase found =
        KernelTable.cases().stream()
            .filter(c -> c.name().equals(name) && c.precision() == DType.F32)
            .findFirst()
            .orElseThrow();
    return new KernelStopwatch(device, 0).time(found, size, 1).bytes();
  }

  @Test
  void publishedTargetsAreBesideTheirOps() {
    assertEquals("200-280", PublishedFloor.ROI_ALIGN_512.target(8));
    assertEquals("310-330", PublishedFloor.SGD.target(8));
    double floor = 1e6 * PublishedFloor.SGD.bytes() * 1e6 / PublishedFloor.H100_BANDWIDTH;
    assertEquals(PublishedFloor.SGD.floor(), floor, 1);
  }

  @Test
  void wrongArgumentsAreNamed() {
    for (String[] wrong :
        new String[][] {
          {"--batch", "0"},
          {"--batch", "x"},
          {"--size", "tiny"},
          {"--seconds", "-1"},
          {"--device"},
          {"--devise", "cpu"}
        }) {
      StepException e =
          assertThrows(StepException.class, () -> KernelTableOptions.parse(List.of(wrong)));
      assertTrue(e.getMessage().startsWith(wrong[0]), e.getMessage());
    }
  }
}

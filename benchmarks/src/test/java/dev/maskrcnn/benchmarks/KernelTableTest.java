package dev.maskrcnn.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.contract.BenchmarkCase;
import dev.maskrcnn.tensor.contract.Catalogue;
import dev.maskrcnn.tensor.contract.ModelSize;
import dev.maskrcnn.tensor.contract.OpCases;
import dev.maskrcnn.tensor.contract.Workload;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
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

  @Test
  void everyOpHasALine() {
    Set<Class<? extends Op>> shown =
        OpCases.benchmarks().stream()
            .filter(options()::wants)
            .map(BenchmarkCase::type)
            .collect(Collectors.toSet());
    List<String> missing =
        Catalogue.ops().stream()
            .filter(op -> !shown.contains(op))
            .map(Class::getSimpleName)
            .toList();
    assertEquals(List.of(), missing, "ops without a line in the table: all their cases are layers");
  }

  private static KernelTableOptions options(String... args) {
    return KernelTableOptions.parse(List.of(args));
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
            "/");
    for (BenchmarkCase c : OpCases.benchmarks()) {
      if (c.precision() == DType.F32) {
        assertTrue(table.contains(c.name() + " "), c.name() + " is not in\n" + table);
      }
    }
  }

  @Test
  void trafficIsWhatMustMove() {
    assertEquals(886e6, bytes("SgdStep/44-million", ModelSize.FULL), 1e3);
    double p2 = 4.0 * 16 * 24 * 32;
    assertEquals(3 * p2, bytes("Add/p2", ModelSize.SMALL));
    assertEquals(2 * p2, bytes("Relu/p2", ModelSize.SMALL));
    assertEquals(3 * p2, bytes("Accumulate/p2", ModelSize.SMALL));
    assertEquals(2.0 * 8 * 784 * 4, bytes("SelectClass/masks", ModelSize.SMALL));
  }

  private static double bytes(String name, ModelSize size) {
    return Benchmarks.named(name).of(size, 1).bytes();
  }

  /** A pass of a layer of 256 to 256 channels, 3×3, is 2·9·256·256 operations per pixel of P2. */
  @Test
  void operationsAreThoseOfTheDirectAlgorithm() {
    double p2 = 2.0 * 9 * 256 * 256 * 200 * 336;
    for (String op : List.of("Conv2d", "Conv2dBackwardData", "Conv2dBackwardWeights")) {
      assertEquals(p2, Benchmarks.named(op + "/fpn-3x3-p2").of(ModelSize.FULL, 1).flop(), op);
    }
    for (String pass : List.of("", "-data", "-weights")) {
      double flop = Benchmarks.named("MatMul/fc6" + pass).of(ModelSize.FULL, 1).flop();
      assertEquals(2.0 * 512 * 49 * 256 * 1024, flop, pass);
    }
    double up = Benchmarks.named("ConvTranspose2d/mask-2x2").of(ModelSize.FULL, 1).flop();
    assertEquals(2.0 * 128 * 28 * 28 * 256 * 256, up);
  }

  @Test
  void realisticTimesAreBesideTheirOps() {
    for (String name : RealisticTime.names()) {
      assertEquals(name, Benchmarks.named(name).name());
    }
    assertEquals("200-280", RealisticTime.of("RoiAlign/512x7x7-f16").orElseThrow().range(8));
    assertEquals("310-330", RealisticTime.of("SgdStep/44-million").orElseThrow().range(8));
    Workload sgd = Benchmarks.named("SgdStep/44-million").of(ModelSize.FULL, 1);
    assertEquals(295, Floor.H100.seconds(sgd) * 1e6, 1);
  }

  /** A floor of a machine is a plausible one: at least that of a slow core, and not infinite. */
  @Test
  void floorsAreMeasured() {
    try (Device cpu = Device.cpu()) {
      Floor floor = Floor.of(cpu);
      assertTrue(floor.bandwidth() > 1e8 && floor.bandwidth() < 1e13, floor.toString());
      assertTrue(floor.arithmetic() > 1e8 && floor.arithmetic() < 1e15, floor.toString());
    }
  }

  @Test
  void opsAndCasesAreFoundByName() {
    assertEquals(List.of("Relu/p2", "Relu/p2-f16"), Benchmarks.names(List.of("Relu")));
    assertEquals(List.of("MatMul/fc7"), Benchmarks.names(List.of("MatMul/fc7")));
    assertFalse(Benchmarks.names(List.of()).contains("MatMul/fc7-data"));
    StepException e =
        assertThrows(StepException.class, () -> Benchmarks.names(List.of("Add/p2", "Rlu")));
    assertTrue(e.getMessage().startsWith("-p op=Rlu: "), e.getMessage());
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

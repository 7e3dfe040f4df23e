package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.cuda.ConvolutionProblem.Extents;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.contract.OpCase;
import dev.maskrcnn.tensor.contract.OpCases;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.op.Convolution;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How algorithms are chosen, on the emulation: there the heuristics call algorithm 1 best, which
 * needs workspace, and a search finds 0, which of the backward passes is not deterministic.
 */
@SuppressWarnings("try") // frames free what is made in them
class ConvolutionPlansTest {
  private static final ConvolutionProblem WEIGHTS =
      new ConvolutionProblem(
          ConvolutionPass.BACKWARD_FILTER,
          DType.F32,
          new Extents(1, 4, 4, 8),
          new Extents(8, 1, 1, 8),
          Window.of(1, 0),
          false);

  @TempDir Path folder;

  @BeforeEach
  void emulationOnly() {
    assumeTrue(CudaTestDevice.emulated(), "skipped: this is about the emulation");
    CudaTestDevice.open().close();
  }

  private Optional<Path> file() {
    return Optional.of(folder.resolve("algorithms.txt"));
  }

  private static Device open(CudaSettings settings) {
    DeviceOptions options = DeviceOptions.fromSystemProperties();
    CudaLibraries libraries = CudaLibraries.loadEmulation(options);
    CudaRuntime runtime = new CudaRuntime(libraries, 0, options, settings);
    return new Device(new CudaBackend(runtime));
  }

  private CudaSettings searching(int after, boolean deterministic) {
    return new CudaSettings(false, deterministic, 1 << 20, after, file());
  }

  /** Runs the pass so often and returns the number of its algorithm. */
  private static int use(Device device, int times) {
    try (Frame frame = device.push("use")) {
      Tensor x = device.of(Shape.of(1, 4, 4, 8), new float[128]);
      for (int i = 0; i < times; i++) {
        device.dispatch(
            new Convolution.Conv2dBackwardWeights(Window.of(1, 0), 1, 1, false), List.of(x, x));
      }
    }
    return CudaTestDevice.runtime(device).convolutions().of(WEIGHTS).algorithm().number();
  }

  @Test
  void oftenUsedMeansMeasured() {
    try (Device device = open(searching(3, false))) {
      assertEquals(1, use(device, 2));
      assertEquals(0, use(device, 1));
    }
  }

  @Test
  void whatWasMeasuredIsKnownInTheNextRun() throws IOException {
    try (Device device = open(searching(1, false))) {
      use(device, 1);
    }
    List<String> lines = Files.readAllLines(folder.resolve("algorithms.txt"));
    assertTrue(lines.get(1).contains("backward-filter_f32_x1x4x4x8_w8x1x1x8_s1_p0_d1_g1_plain 0"));
    try (Device device = open(searching(0, false))) {
      assertEquals(0, use(device, 1));
      assertTrue(CudaTestDevice.runtime(device).convolutions().of(WEIGHTS).algorithm().measured());
    }
    // It is no choice where results must be the same in every run.
    try (Device device = open(searching(0, true))) {
      assertEquals(1, use(device, 1));
    }
  }

  @Test
  void deterministicAlsoWhenMeasured() {
    try (Device device = open(searching(1, true))) {
      assertEquals(1, use(device, 1));
    }
  }

  @Test
  void aMeasuredAlgorithmThatFailsIsReplaced() throws IOException {
    try (Device device = open(searching(1, false))) {
      use(device, 1);
    }
    Path path = folder.resolve("algorithms.txt");
    Files.writeString(path, Files.readString(path).replace("_plain 0 ", "_plain 5 "));
    try (Device device = open(searching(1, false))) {
      assertEquals(1, use(device, 1));
    }
  }

  @Test
  void workspaceIsBounded() {
    CudaSettings none = new CudaSettings(false, false, 0, 1, Optional.empty());
    try (Device device = open(none)) {
      assertEquals(0, use(device, 2));
    }
    CudaSettings impossible = new CudaSettings(false, true, 0, 1, Optional.empty());
    try (Device device = open(impossible)) {
      CudaException e = assertThrows(CudaException.class, () -> use(device, 1));
      assertTrue(e.getMessage().contains("no algorithm for backward-filter_f32"), e.getMessage());
      assertTrue(e.getMessage().endsWith("with at most 0 MiB of workspace, deterministic"));
    }
  }

  private static Stream<OpCase> convolutions() {
    return OpCases.all().stream().filter(c -> c.op() instanceof Convolution);
  }

  private static List<double[]> run(Device device, OpCase c) {
    try (Frame frame = device.push("case")) {
      List<Tensor> in = new ArrayList<>();
      c.inputs().forEach(o -> in.add(o.on(device)));
      return device.dispatch(c.op(), in).stream().map(Operand::read).toList();
    }
  }

  /**
   * Without workspace cuDNN has no kernel for bias without ReLU; then the epilogue is a pass of its
   * own. Cases with groups have no algorithm at all.
   */
  @Test
  void epiloguesThatCudnnDoesNotTake() {
    CudaSettings none = new CudaSettings(false, false, 0, 0, Optional.empty());
    try (Device device = open(none);
        Device reference = Device.reference()) {
      List<OpCase> cases =
          convolutions()
              .filter(c -> c.op() instanceof Convolution.Conv2d conv && conv.window().groups() == 1)
              .toList();
      assertFalse(cases.isEmpty());
      for (OpCase c : cases) {
        Comparison.close(
            c.toString(), run(reference, c).get(0), run(device, c).get(0), c.tolerance());
      }
    }
  }

  /** The status is what cuDNN answers where it has no kernel with an epilogue for a shape. */
  @Test
  void aRefusedEpilogueGetsAPassOfItsOwn() {
    try (Device device = open(searching(2, false));
        Device reference = Device.reference()) {
      ConvolutionPlans plans = CudaTestDevice.runtime(device).convolutions();
      List<OpCase> cases =
          convolutions()
              .filter(
                  c -> c.op() instanceof Convolution.Conv2d && !c.toString().contains("no image"))
              .toList();
      for (OpCase c : cases) {
        run(device, c);
        Convolution.Conv2d op = (Convolution.Conv2d) c.op();
        boolean epilogue = !op.epilogue().equals(Convolution.Epilogue.NONE);
        ConvolutionProblem problem =
            new ConvolutionProblem(
                ConvolutionPass.FORWARD,
                DType.F32,
                Extents.of(c.inputs().get(0).spec().shape()),
                Extents.of(c.inputs().get(1).spec().shape()),
                op.window(),
                epilogue);
        ConvolutionPlan plan = plans.of(problem);
        plans.leaveFusion(plan, 3000);
        assertFalse(plan.fuses(), c.toString());
        Comparison.close(
            c.toString(), run(reference, c).get(0), run(device, c).get(0), c.tolerance());
      }
    }
  }

  /** Searches at once overwrite results and change workspaces; what comes out is the same. */
  @Test
  void searchesLeaveRightResults() {
    try (Device device = open(searching(1, false));
        Device reference = Device.reference()) {
      convolutions()
          .forEach(
              c ->
                  Comparison.close(
                      c.toString(),
                      run(reference, c).get(0),
                      run(device, c).get(0),
                      c.tolerance()));
    }
  }

  /** TF32 keeps 10 bits of the operands: errors near 2^-11, and channels are padded. */
  @Test
  void tf32IsCoarserAndOnlyOnDemand() {
    CudaSettings tf32 = new CudaSettings(true, false, 1 << 20, 0, Optional.empty());
    try (Device device = open(tf32);
        Device reference = Device.reference()) {
      double worst = 0;
      for (OpCase c : convolutions().toList()) {
        double[] expected = run(reference, c).get(0);
        double[] actual = run(device, c).get(0);
        Comparison.close(c.toString(), expected, actual, 2e-3);
        double largest = 0;
        double error = 0;
        for (int i = 0; i < expected.length; i++) {
          largest = Math.max(largest, Math.abs(expected[i]));
          error = Math.max(error, Math.abs(expected[i] - actual[i]));
        }
        worst = Math.max(worst, largest == 0 ? 0 : error / largest);
      }
      assertTrue(worst > 1e-4, "largest relative error " + worst);
    }
  }

  @Test
  void warningsGoToTheLogThatListens() throws IOException {
    Files.writeString(file().orElseThrow(), "damaged");
    List<String> told = new ArrayList<>();
    try (Device device = open(searching(1, false))) {
      device.warnings(told::add);
      use(device, 1);
    }
    assertTrue(told.get(0).contains("ignored and written anew, it is damaged"), told.toString());
  }
}

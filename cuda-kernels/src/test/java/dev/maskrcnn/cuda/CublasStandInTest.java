package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.runtime.cudaStream_t;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The emulation's stand-in for cuBLAS refuses what the library's reference says it refuses. */
@SuppressWarnings("try") // frames free what is made in them
class CublasStandInTest {
  private static final int NOT_INITIALIZED = 1;
  private static final int INVALID_VALUE = 7;
  private static final int NOT_SUPPORTED = 15;

  private Device device;

  @BeforeEach
  void open() {
    assumeTrue(CudaTestDevice.emulated(), "skipped: this is about the emulation");
    device = CudaTestDevice.open();
    CudaTestDevice.runtime(device).bind();
  }

  @AfterEach
  void close() {
    if (device != null) {
      device.close();
    }
  }

  /** A product of a column-major 4x3 matrix and a 3x5 one that a test spoils before it is asked. */
  private static final class Call {
    final LibraryScalars scalars = new LibraryScalars();
    final cublasHandle handle = new cublasHandle();
    int m = 4;
    int operationA;
    int lda = 4;
    int ldc = 4;
    int typeA;
    int typeB;
    int typeC;
    int compute = 68;
    int algorithm = -1;
    long a;
    long b;
    long c;

    Call(Device device) {
      assertEquals(0, JCublas2.cublasCreate(handle));
      cudaStream_t stream = new cudaStream_t(CudaTestDevice.runtime(device).stream());
      assertEquals(0, JCublas2.cublasSetStream(handle, stream));
      a = array(device, 12);
      b = array(device, 15);
      c = array(device, 20);
    }

    private static long array(Device device, int floats) {
      return device.of(Shape.of(floats), new float[floats]).storage().memory().address();
    }

    int run() {
      return JCublas2.cublasGemmEx_new(
          handle,
          operationA,
          0,
          m,
          5,
          3,
          scalars.one(),
          new DevicePointer(a),
          typeA,
          lda,
          new DevicePointer(b),
          typeB,
          3,
          scalars.zero(),
          new DevicePointer(c),
          typeC,
          ldc,
          compute,
          algorithm);
    }
  }

  private record Refusal(int status, Consumer<Call> spoil) {}

  private static Map<String, Refusal> calls() {
    Map<String, Refusal> all = new LinkedHashMap<>();
    all.put("nothing", new Refusal(0, c -> {}));
    all.put("half operands", new Refusal(0, c -> c.typeA = c.typeB = 2));
    all.put("leading dimension", new Refusal(INVALID_VALUE, c -> c.lda = 3));
    all.put("leading dimension of C", new Refusal(INVALID_VALUE, c -> c.ldc = 3));
    all.put("A is short", new Refusal(INVALID_VALUE, c -> c.lda = 5));
    all.put("extent", new Refusal(INVALID_VALUE, c -> c.m = -1));
    all.put("operation", new Refusal(INVALID_VALUE, c -> c.operationA = 7));
    all.put("null", new Refusal(INVALID_VALUE, c -> c.b = 0));
    all.put("in place", new Refusal(INVALID_VALUE, c -> c.c = c.a));
    all.put("types", new Refusal(NOT_SUPPORTED, c -> c.typeA = 2));
    all.put("half result", new Refusal(NOT_SUPPORTED, c -> c.typeC = 2));
    all.put("half sums", new Refusal(NOT_SUPPORTED, c -> c.compute = 64));
    all.put("algorithm", new Refusal(NOT_SUPPORTED, c -> c.algorithm = 3));
    all.put("handle", new Refusal(NOT_INITIALIZED, c -> JCublas2.cublasDestroy(c.handle)));
    return all;
  }

  @TestFactory
  Stream<DynamicTest> product() {
    return calls().entrySet().stream()
        .map(
            e ->
                DynamicTest.dynamicTest(
                    e.getKey(),
                    () -> {
                      try (Frame frame = device.push("call")) {
                        Call call = new Call(device);
                        e.getValue().spoil.accept(call);
                        assertEquals(e.getValue().status, call.run());
                      }
                    }));
  }

  @Test
  void workspace() {
    try (Frame frame = device.push("call")) {
      Call call = new Call(device);
      DevicePointer odd = new DevicePointer(call.a + 16);
      assertEquals(INVALID_VALUE, JCublas2.cublasSetWorkspace(call.handle, odd, 16));
      DevicePointer good = new DevicePointer(call.a);
      assertEquals(INVALID_VALUE, JCublas2.cublasSetWorkspace(call.handle, good, 1 << 20));
      assertEquals(0, JCublas2.cublasSetWorkspace(call.handle, good, 48));
    }
  }
}

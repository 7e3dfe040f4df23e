package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.runtime.cudaStream_t;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The emulation's stand-in for cuDNN refuses what the library refuses. The statuses are those of
 * NVIDIA's API reference of cuDNN 9.
 */
@SuppressWarnings("try") // frames free what is made in them
class CudnnStandInTest {
  private static final int NOT_INITIALIZED = 1001;
  private static final int BAD_PARAM = 2000;
  private static final int NULL_POINTER = 2002;
  private static final int MISALIGNED = 2003;
  private static final int TOO_SMALL = 2006;
  private static final int SHAPE_MISMATCH = 2008;
  private static final int NOT_SUPPORTED = 3000;

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

  /** A forward convolution of 2x5x6x8 with 4x3x3x8 that a test spoils before it is called. */
  private static final class Call {
    final LibraryScalars scalars = new LibraryScalars();
    final cudnnHandle handle = new cudnnHandle();
    final cudnnTensorDescriptor xDescriptor = new cudnnTensorDescriptor();
    final cudnnFilterDescriptor wDescriptor = new cudnnFilterDescriptor();
    final cudnnTensorDescriptor yDescriptor = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor zDescriptor = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor biasDescriptor = new cudnnTensorDescriptor();
    final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
    final cudnnActivationDescriptor activation = new cudnnActivationDescriptor();
    int algorithm = 1;
    long x;
    long w;
    long y;
    long z;
    long bias;
    long workspace;
    long workspaceBytes = 2048;
    HostPointer beta = scalars.zero();
    boolean fused;

    Call(Device device) {
      check(JCudnn.cudnnCreateNative(handle));
      cudaStream_t stream = new cudaStream_t(CudaTestDevice.runtime(device).stream());
      check(JCudnn.cudnnSetStreamNative(handle, stream));
      for (cudnnTensorDescriptor d :
          new cudnnTensorDescriptor[] {xDescriptor, yDescriptor, zDescriptor, biasDescriptor}) {
        check(JCudnn.cudnnCreateTensorDescriptorNative(d));
      }
      check(JCudnn.cudnnCreateFilterDescriptorNative(wDescriptor));
      check(JCudnn.cudnnCreateConvolutionDescriptorNative(convolution));
      check(JCudnn.cudnnCreateActivationDescriptorNative(activation));
      tensor(xDescriptor, 1, 0, 2, 8, 5, 6);
      tensor(yDescriptor, 1, 0, 2, 4, 5, 6);
      tensor(zDescriptor, 1, 0, 2, 4, 5, 6);
      tensor(biasDescriptor, 1, 0, 1, 4, 1, 1);
      filter(1, 0, 4, 8);
      window(1, 1);
      activation(1, 0);
      x = array(device, 2 * 5 * 6 * 8);
      w = array(device, 4 * 3 * 3 * 8);
      y = array(device, 2 * 5 * 6 * 4);
      z = array(device, 2 * 5 * 6 * 4);
      bias = array(device, 4);
      workspace = array(device, 512);
    }

    private static long array(Device device, int floats) {
      return device.of(Shape.of(floats), new float[floats]).storage().memory().address();
    }

    static void check(int status) {
      assertEquals(0, status, () -> Cudnn.describe(status));
    }

    void tensor(cudnnTensorDescriptor d, int format, int type, int... nchw) {
      check(
          JCudnn.cudnnSetTensor4dDescriptorNative(
              d, format, type, nchw[0], nchw[1], nchw[2], nchw[3]));
    }

    void filter(int format, int type, int k, int c) {
      check(JCudnn.cudnnSetFilter4dDescriptorNative(wDescriptor, type, format, k, c, 3, 3));
    }

    void types(int type) {
      tensor(xDescriptor, 1, type, 2, 8, 5, 6);
      tensor(yDescriptor, 1, type, 2, 4, 5, 6);
      filter(1, type, 4, 8);
    }

    void window(int padding, int mode) {
      check(
          JCudnn.cudnnSetConvolution2dDescriptorNative(
              convolution, padding, padding, 1, 1, 1, 1, mode, 0));
      check(JCudnn.cudnnSetConvolutionMathTypeNative(convolution, JCudnn.CUDNN_FMA_MATH));
    }

    void activation(int mode, int nan) {
      check(JCudnn.cudnnSetActivationDescriptorNative(activation, mode, nan, 0));
    }

    int run() {
      DevicePointer workspacePointer = new DevicePointer(workspace);
      if (fused) {
        return JCudnn.cudnnConvolutionBiasActivationForwardNative(
            handle,
            scalars.one(),
            xDescriptor,
            new DevicePointer(x),
            wDescriptor,
            new DevicePointer(w),
            convolution,
            algorithm,
            workspacePointer,
            workspaceBytes,
            scalars.one(),
            zDescriptor,
            new DevicePointer(z),
            biasDescriptor,
            new DevicePointer(bias),
            activation,
            yDescriptor,
            new DevicePointer(y));
      }
      return JCudnn.cudnnConvolutionForwardNative(
          handle,
          scalars.one(),
          xDescriptor,
          new DevicePointer(x),
          wDescriptor,
          new DevicePointer(w),
          convolution,
          algorithm,
          workspacePointer,
          workspaceBytes,
          beta,
          yDescriptor,
          new DevicePointer(y));
    }
  }

  private record Refusal(int status, Consumer<Call> spoil) {}

  private static Map<String, Refusal> plainCalls() {
    Map<String, Refusal> all = new LinkedHashMap<>();
    all.put("nothing", new Refusal(0, c -> {}));
    all.put("rows", new Refusal(SHAPE_MISMATCH, c -> c.tensor(c.yDescriptor, 1, 0, 2, 4, 4, 6)));
    all.put("images", new Refusal(SHAPE_MISMATCH, c -> c.tensor(c.yDescriptor, 1, 0, 1, 4, 5, 6)));
    all.put("padding", new Refusal(SHAPE_MISMATCH, c -> c.window(0, 1)));
    all.put("channels", new Refusal(SHAPE_MISMATCH, c -> c.filter(1, 0, 4, 7)));
    all.put("groups", new Refusal(SHAPE_MISMATCH, c -> groups(c, 3)));
    all.put("types", new Refusal(BAD_PARAM, c -> c.filter(1, 2, 4, 8)));
    all.put("mixed formats", new Refusal(NOT_SUPPORTED, c -> c.filter(0, 0, 4, 8)));
    all.put("mirrored", new Refusal(NOT_SUPPORTED, c -> c.window(1, 0)));
    all.put("winograd", new Refusal(NOT_SUPPORTED, c -> c.algorithm = 6));
    all.put("no such algorithm", new Refusal(BAD_PARAM, c -> c.algorithm = 8));
    all.put("bfloat16, algorithm 0", new Refusal(NOT_SUPPORTED, CudnnStandInTest::bfloat16));
    all.put("workspace", new Refusal(TOO_SMALL, c -> c.workspaceBytes = 2047));
    all.put("no workspace", new Refusal(BAD_PARAM, c -> c.workspace = 0));
    all.put("misaligned", new Refusal(MISALIGNED, c -> c.x += 4));
    all.put("half of it", new Refusal(BAD_PARAM, c -> c.x += 16));
    all.put("null", new Refusal(BAD_PARAM, c -> c.w = 0));
    all.put("result is an operand", new Refusal(BAD_PARAM, c -> c.y = c.x));
    all.put("workspace is an operand", new Refusal(BAD_PARAM, c -> c.workspace = c.x));
    all.put("handle", new Refusal(NOT_INITIALIZED, c -> JCudnn.cudnnDestroyNative(c.handle)));
    all.put("descriptor", new Refusal(NULL_POINTER, CudnnStandInTest::destroyFilter));
    return all;
  }

  private static Map<String, Refusal> fusedCalls() {
    Map<String, Refusal> all = new LinkedHashMap<>();
    all.put("nothing", new Refusal(0, c -> {}));
    all.put("z in place", new Refusal(0, c -> c.z = c.y));
    all.put("identity", new Refusal(0, c -> c.activation(5, 0)));
    all.put("sigmoid", new Refusal(NOT_SUPPORTED, c -> c.activation(0, 0)));
    all.put("NaN", new Refusal(NOT_SUPPORTED, c -> c.activation(1, 1)));
    all.put("identity, algorithm 0", new Refusal(NOT_SUPPORTED, CudnnStandInTest::identityZero));
    all.put("bias", new Refusal(BAD_PARAM, c -> c.tensor(c.biasDescriptor, 1, 0, 1, 5, 1, 1)));
    all.put("bias type", new Refusal(BAD_PARAM, c -> c.tensor(c.biasDescriptor, 1, 2, 1, 4, 1, 1)));
    all.put("z", new Refusal(BAD_PARAM, c -> c.tensor(c.zDescriptor, 1, 0, 2, 4, 6, 5)));
    all.put("z beside y", new Refusal(BAD_PARAM, c -> c.z = c.y + 16));
    return all;
  }

  private static void groups(Call c, int groups) {
    Call.check(JCudnn.cudnnSetConvolutionGroupCountNative(c.convolution, groups));
  }

  private static void bfloat16(Call c) {
    c.types(9);
    c.algorithm = 0;
  }

  private static void identityZero(Call c) {
    c.activation(5, 0);
    c.algorithm = 0;
  }

  private static void destroyFilter(Call c) {
    Call.check(JCudnn.cudnnDestroyFilterDescriptorNative(c.wDescriptor));
  }

  @TestFactory
  Stream<DynamicTest> convolution() {
    return plainCalls().entrySet().stream().map(e -> test(e.getKey(), e.getValue(), false));
  }

  @TestFactory
  Stream<DynamicTest> convolutionWithEpilogue() {
    return fusedCalls().entrySet().stream().map(e -> test(e.getKey(), e.getValue(), true));
  }

  private DynamicTest test(String name, Refusal refusal, boolean fused) {
    return DynamicTest.dynamicTest(
        name,
        () -> {
          try (Frame frame = device.push("call")) {
            Call call = new Call(device);
            call.fused = fused;
            refusal.spoil.accept(call);
            int status = call.run();
            assertEquals(refusal.status, status, () -> Cudnn.describe(status));
          }
        });
  }

  @Test
  void onlyBetaReadsTheResult() {
    try (Frame frame = device.push("call")) {
      Tensor fresh = device.empty(new Spec(Shape.of(240), DType.F32));
      Call call = new Call(device);
      call.y = fresh.storage().memory().address();
      call.beta = call.scalars.one();
      Call.check(call.run());
      // Memory that nobody wrote holds NaN on the emulated device.
      assertEquals(240, count(fresh.toFloats()));
      call.beta = call.scalars.zero();
      Call.check(call.run());
      assertArrayEquals(new float[240], fresh.toFloats());
    }
  }

  private static int count(float[] values) {
    int nan = 0;
    for (float v : values) {
      nan += Float.isNaN(v) ? 1 : 0;
    }
    return nan;
  }

  @Test
  void extentsOfDescriptors() {
    cudnnTensorDescriptor d = new cudnnTensorDescriptor();
    Call.check(JCudnn.cudnnCreateTensorDescriptorNative(d));
    assertEquals(BAD_PARAM, JCudnn.cudnnSetTensor4dDescriptorNative(d, 1, 0, 0, 1, 1, 1));
    assertEquals(
        NOT_SUPPORTED, JCudnn.cudnnSetTensor4dDescriptorNative(d, 1, 0, 1 << 20, 1 << 11, 1, 1));
    Call.check(JCudnn.cudnnDestroyTensorDescriptorNative(d));
    assertEquals(BAD_PARAM, JCudnn.cudnnDestroyTensorDescriptorNative(d));
  }
}

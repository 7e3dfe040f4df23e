package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.maskrcnn.tensor.DType;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.DeviceException;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Spec;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.contract.Golden;
import dev.maskrcnn.tensor.contract.Operand;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Against what torchvision gave. */
@SuppressWarnings("try") // frames free what is made in them
class RoiPoolCudaTest {
  private static final double SCALE = 0.25;

  private final Golden golden = Golden.operators();

  @Test
  void golden() {
    compare(1, DType.F32, 0, 1e-6);
  }

  /** With channels repeated to whole packs, and in half precision. */
  @Test
  void packsOfChannels() {
    compare(16, DType.F32, 0, 1e-6);
    compare(16, DType.F16, 0x1p-11, 0x1p-10);
    compare(16, DType.BF16, 0x1p-8, 0x1p-7);
  }

  private void compare(int repeat, DType type, double forward, double backward) {
    Operand features = nhwc(golden.tensor("roi_align/features"), repeat);
    Operand output = nhwc(golden.tensor("roi_pool/output"), repeat);
    Operand gradient = nhwc(golden.tensor("roi_pool/grad_output"), repeat);
    Operand expected = nhwc(golden.tensor("roi_pool/grad_features"), repeat);
    try (Device cuda = CudaTestDevice.open();
        Frame frame = cuda.push("case")) {
      RoiPoolCuda pool = new RoiPoolCuda(CudaTestDevice.runtime(cuda));
      Tensor rois = golden.tensor("roi_pool/rois").on(cuda);
      Shape shape = output.spec().shape();
      Tensor winner = cuda.empty(new Spec(shape, DType.I32));
      // The winners of the unrounded features, so that rounding does not move gradients.
      Tensor plain = cuda.empty(new Spec(shape, DType.F32));
      pool.pool(features.on(cuda), rois, SCALE, plain, winner);
      Tensor dx = cuda.empty(new Spec(features.spec().shape(), type));
      pool.backward(gradient.as(type).on(cuda), winner, rois, SCALE, dx);
      Comparison.close("gradient " + type, expected.values(), Operand.read(dx), backward);
      Tensor pooled = cuda.empty(new Spec(shape, type));
      pool.pool(features.as(type).on(cuda), rois, SCALE, pooled, winner);
      Comparison.close("output " + type, output.values(), Operand.read(pooled), forward);
    }
  }

  @Test
  void shapesThatDoNotFitAreRejected() {
    try (Device cuda = CudaTestDevice.open();
        Frame frame = cuda.push("case")) {
      RoiPoolCuda pool = new RoiPoolCuda(CudaTestDevice.runtime(cuda));
      Tensor features = cuda.empty(new Spec(Shape.of(1, 4, 4, 8), DType.F32));
      Tensor rois = cuda.empty(new Spec(Shape.of(2, 5), DType.F32));
      Tensor pooled = cuda.empty(new Spec(Shape.of(3, 2, 2, 8), DType.F32));
      Tensor winner = cuda.empty(new Spec(Shape.of(3, 2, 2, 8), DType.I32));
      assertThrows(DeviceException.class, () -> pool.pool(features, rois, SCALE, pooled, winner));
    }
  }

  private static Operand nhwc(Operand nchw, int repeat) {
    Shape s = nchw.spec().shape();
    int channels = s.dim(1) * repeat;
    int pixels = s.dim(2) * s.dim(3);
    double[] out = new double[s.dim(0) * pixels * channels];
    Arrays.setAll(
        out,
        i -> {
          int image = i / channels / pixels;
          int channel = i % channels % s.dim(1);
          return nchw.values()[(image * s.dim(1) + channel) * pixels + i / channels % pixels];
        });
    return Operand.f32(Shape.of(s.dim(0), s.dim(2), s.dim(3), channels), out);
  }
}

package dev.maskrcnn.nn;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;

/**
 * Batch normalisation whose statistics and affine never change: {@code y = x·scale + shift} with
 * {@code scale = weight/√(running_var + eps)} and {@code shift = bias − running_mean·scale}. It has
 * no forward of its own: {@link ConvFrozenNorm} folds it into the convolution before it. The two
 * vectors are computed when a buffer changes.
 */
final class FrozenBatchNorm2d implements OwnedCache {
  private final Parameter weight;
  private final Parameter bias;
  private final Parameter mean;
  private final Parameter variance;
  private final double epsilon;
  private final Device device;
  private Tensor scale;
  private Tensor shift;
  private Tensor roundedScale;
  private Tensor roundedShift;
  private long version = -1;

  private FrozenBatchNorm2d(Scope scope, int channels, double epsilon) {
    Shape c = Shape.of(channels);
    weight = scope.buffer("weight", c, 1);
    bias = scope.buffer("bias", c, 0);
    mean = scope.buffer("running_mean", c, 0);
    variance = scope.buffer("running_var", c, 1);
    device = scope.device();
    this.epsilon = epsilon;
  }

  /** Makes the buffers; {@code epsilon} is 0 for maskrcnn-benchmark, 1e-5 elsewhere. */
  static FrozenBatchNorm2d of(Scope scope, int channels, double epsilon) {
    FrozenBatchNorm2d norm = new FrozenBatchNorm2d(scope, channels, epsilon);
    scope.state().own(norm);
    return norm;
  }

  /** Advances whenever {@link #scale} or {@link #shift} may have changed. */
  long version() {
    return weight.version() + bias.version() + mean.version() + variance.version();
  }

  /** Type of the buffers. */
  DType dtype() {
    return weight.tensor().spec().dtype();
  }

  /** Factor per channel, in a floating type. */
  Tensor scale(DType type) {
    refresh(type);
    return type == dtype() ? scale : roundedScale;
  }

  /** Summand per channel, in a floating type. */
  Tensor shift(DType type) {
    refresh(type);
    return type == dtype() ? shift : roundedShift;
  }

  private void refresh(DType type) {
    long now = version();
    if (now != version) {
      compute(now);
    }
    if (type != dtype() && (roundedScale == null || roundedScale.spec().dtype() != type)) {
      dropRounded();
      Frame frame = device.push("round norm");
      try (frame) {
        roundedScale = device.dispatch(new Cast(type), List.of(scale)).get(0).promote();
        roundedShift = device.dispatch(new Cast(type), List.of(shift)).get(0).promote();
      }
    }
  }

  private void compute(long now) {
    close();
    double[] w = weight.tensor().toDoubles();
    double[] b = bias.tensor().toDoubles();
    double[] m = mean.tensor().toDoubles();
    double[] v = variance.tensor().toDoubles();
    for (int c = 0; c < w.length; c++) {
      w[c] = w[c] / Math.sqrt(v[c] + epsilon);
      b[c] = b[c] - m[c] * w[c];
    }
    scale = device.of(dtype(), weight.shape(), w).promote();
    shift = device.of(dtype(), weight.shape(), b).promote();
    version = now;
  }

  private void dropRounded() {
    if (roundedScale != null) {
      roundedScale.close();
      roundedShift.close();
      roundedScale = null;
      roundedShift = null;
    }
  }

  @Override
  public void close() {
    dropRounded();
    if (scale != null) {
      scale.close();
      shift.close();
      scale = null;
      shift = null;
      version = -1;
    }
  }
}

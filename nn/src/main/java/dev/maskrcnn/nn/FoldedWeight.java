package dev.maskrcnn.nn;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import java.util.List;

/**
 * A weight times the scale of a frozen norm, kept while neither changes. Costs the memory of the
 * weight once more, so a pass that trains the weight drops it.
 */
final class FoldedWeight implements OwnedCache {
  private final Parameter weight;
  private final FrozenBatchNorm2d norm;
  private Tensor folded;
  private long weightVersion;
  private long normVersion;

  private FoldedWeight(Parameter weight, FrozenBatchNorm2d norm) {
    this.weight = weight;
    this.norm = norm;
  }

  static FoldedWeight of(Scope scope, Parameter weight, FrozenBatchNorm2d norm) {
    FoldedWeight f = new FoldedWeight(weight, norm);
    scope.state().own(f);
    return f;
  }

  /** The product in a floating type, rounded once; recomputed if a factor changed. */
  Tensor tensor(DType type) {
    if (folded != null
        && folded.spec().dtype() == type
        && weightVersion == weight.version()
        && normVersion == norm.version()) {
      return folded;
    }
    close();
    Tensor scale = norm.scale(norm.dtype());
    Device device = weight.tensor().device();
    Frame frame = device.push("fold " + weight.name());
    try (frame) {
      Tensor product = weight.tensor().scaleRows(scale);
      folded =
          type == norm.dtype()
              ? product.promote()
              : device.dispatch(new Cast(type), List.of(product)).get(0).promote();
    }
    weightVersion = weight.version();
    normVersion = norm.version();
    return folded;
  }

  @Override
  public void close() {
    if (folded != null) {
      folded.close();
      folded = null;
    }
  }
}

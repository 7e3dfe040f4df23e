package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;
import java.util.function.Function;

/** An op at the size that Mask R-CNN with ResNet-50-FPN gives it: what benchmarks measure. */
public final class BenchmarkCase {
  private final String variant;
  private final boolean layer;
  private final Function<ModelInputs, Workload> make;

  BenchmarkCase(String variant, boolean layer, Function<ModelInputs, Workload> make) {
    this.variant = variant;
    this.layer = layer;
    this.make = make;
  }

  /** Op and variant, such as {@code MatMul/fc6}: without spaces and commas. */
  public String name() {
    return type().getSimpleName() + "/" + variant;
  }

  /** Type of the op. */
  public Class<? extends Op> type() {
    return small(1).op().getClass();
  }

  /** True for one of many layers of the network, measured only if it is asked for by name. */
  public boolean isLayer() {
    return layer;
  }

  /** Precision of the activations. */
  public DType precision() {
    boolean half = specs(small(1)).stream().anyMatch(s -> s.dtype() == DType.F16);
    return half ? DType.F16 : DType.F32;
  }

  /** False if the work does not depend on the number of images. */
  public boolean isPerImage() {
    return !small(2).op().equals(small(1).op()) || !specs(small(2)).equals(specs(small(1)));
  }

  private Workload small(int images) {
    return of(ModelSize.SMALL, images);
  }

  private static List<Spec> specs(Workload w) {
    return w.inputs().stream().map(Input::spec).toList();
  }

  /** The op and its inputs for a number of images. */
  public Workload of(ModelSize size, int images) {
    return make.apply(new ModelInputs(size, images));
  }

  @Override
  public String toString() {
    return name();
  }
}

package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.op.LinearAlgebra.RowDots;
import dev.maskrcnn.tensor.op.LinearAlgebra.Sum;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.Softmax;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Add;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.op.Pointwise.Exp;
import dev.maskrcnn.tensor.op.Pointwise.Log;
import dev.maskrcnn.tensor.op.Pointwise.Mul;
import dev.maskrcnn.tensor.op.Pointwise.Reciprocal;
import dev.maskrcnn.tensor.op.Pointwise.ScaleRows;
import dev.maskrcnn.tensor.op.Pointwise.Sigmoid;
import dev.maskrcnn.tensor.op.Pointwise.Sub;
import dev.maskrcnn.tensor.shape.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Mixed precision: which ops run in half precision and which in float32 (Micikevicius et al. 2018;
 * the lists of torch.cuda.amp that the original runs with). Operands that have another type are
 * cast, and the casts are on the tape, so gradients come back in the type that each value has.
 *
 * <p>A variable carries its policy, and every op on it follows the policy: {@link Variable#bind} is
 * the only way to run an op on variables.
 *
 * <ul>
 *   <li>In half: convolutions and matrix products, which sum in float32 on tensor cores.
 *   <li>In float32: losses, softmax, exponentials, sums.
 *   <li>In the widest type of their operands: additions, products of elements, concatenation, group
 *       norm.
 *   <li>Everything else takes what it gets. Pooling, ReLU, sums of maps, RoIAlign and group norm
 *       therefore read and write halves, though they compute in float32 inside: no activation makes
 *       a detour through float32 memory, as two of the original's do.
 * </ul>
 */
public final class Autocast {
  /** Everything in the type of the parameters. */
  public static final Autocast OFF = new Autocast(null);

  private static final Set<Class<? extends Op>> HALF =
      Set.of(Conv2d.class, ConvTranspose2d.class, MatMul.class);

  private static final Set<Class<? extends Op>> FLOAT32 =
      Set.of(
          BinaryCrossEntropy.class,
          Exp.class,
          Log.class,
          Reciprocal.class,
          Sigmoid.class,
          SmoothL1.class,
          Softmax.class,
          SoftmaxCrossEntropy.class,
          Sum.class);

  private static final Set<Class<? extends Op>> WIDEST =
      Set.of(
          Add.class,
          Concat.class,
          GroupNorm.class,
          Mul.class,
          RowDots.class,
          ScaleRows.class,
          Sub.class);

  private final DType half;

  private Autocast(DType half) {
    this.half = half;
  }

  /**
   * The policy with a half-precision type.
   *
   * @param half F16 or BF16
   */
  public static Autocast to(DType half) {
    if (half != DType.F16 && half != DType.BF16) {
      throw new AutogradException("autocast: " + half + ", expected f16 or bf16");
    }
    return new Autocast(half);
  }

  /** Whether anything runs in half precision. */
  public boolean isOn() {
    return half != null;
  }

  /** The half-precision type. */
  public DType half() {
    if (half == null) {
      throw new AutogradException("autocast: is off");
    }
    return half;
  }

  /** The policy of an op whose operands carry this one and another. */
  Autocast with(Autocast other, Op op) {
    if (isOn() && other.isOn() && half != other.half) {
      throw new AutogradException(
          op.label() + ": inputs carry two precisions, " + this + " and " + other);
    }
    return isOn() ? this : other;
  }

  /** The operands of an op in the types that the policy wants. */
  List<Variable> operands(Op op, List<Variable> inputs) {
    if (half == null) {
      return inputs;
    }
    if (HALF.contains(op.getClass())) {
      return cast(inputs, half);
    }
    boolean wide = FLOAT32.contains(op.getClass());
    return wide || WIDEST.contains(op.getClass()) && mixed(inputs)
        ? cast(inputs, DType.F32)
        : inputs;
  }

  private static boolean mixed(List<Variable> inputs) {
    DType first = inputs.get(0).spec().dtype();
    return inputs.stream().anyMatch(v -> v.spec().dtype() != first);
  }

  private static List<Variable> cast(List<Variable> inputs, DType type) {
    List<Variable> all = new ArrayList<>(inputs.size());
    for (Variable v : inputs) {
      DType t = v.spec().dtype();
      boolean other = t.isFloat() && t != type;
      all.add(other ? v.bind(new Cast(type), List.of(v)).get(0) : v);
    }
    return all;
  }

  /** A tensor for decisions, which are taken in float32: the tensor itself if it has that type. */
  public static Tensor widened(Tensor t) {
    DType type = t.spec().dtype();
    return type == DType.F16 || type == DType.BF16
        ? t.device().dispatch(new Cast(DType.F32), List.of(t)).get(0)
        : t;
  }

  @Override
  public String toString() {
    return half == null ? "float32" : half == DType.F16 ? "float16" : "bfloat16";
  }
}

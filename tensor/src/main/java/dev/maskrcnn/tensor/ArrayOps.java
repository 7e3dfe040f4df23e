package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.op.LinearAlgebra.Sum;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.Movement.Slice;
import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.Softmax;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Add;
import dev.maskrcnn.tensor.op.Pointwise.Exp;
import dev.maskrcnn.tensor.op.Pointwise.Log;
import dev.maskrcnn.tensor.op.Pointwise.Mul;
import dev.maskrcnn.tensor.op.Pointwise.Reciprocal;
import dev.maskrcnn.tensor.op.Pointwise.Relu;
import dev.maskrcnn.tensor.op.Pointwise.Scale;
import dev.maskrcnn.tensor.op.Pointwise.ScaleRows;
import dev.maskrcnn.tensor.op.Pointwise.Sigmoid;
import dev.maskrcnn.tensor.op.Pointwise.Sub;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2d;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearest;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.List;

/**
 * The vocabulary of differentiable ops, written once and spoken by {@link Tensor} (runs at once)
 * and by {@code autograd.Variable} (runs and records). Every method names an op of the catalogue
 * and leaves the rest to {@link #bind}.
 *
 * @param <T> the type that speaks it
 */
public interface ArrayOps<T extends ArrayOps<T>> {

  /** Runs an op on inputs of this kind. */
  List<T> bind(Op op, List<T> inputs);

  /** Shape and element type. */
  Spec spec();

  /** The same data under another shape of the same size. */
  T reshape(Shape shape);

  /** This object as its own type. */
  @SuppressWarnings("unchecked")
  private T self() {
    return (T) this;
  }

  private T unary(Op op) {
    return bind(op, List.of(self())).get(0);
  }

  private T binary(Op op, T other) {
    return bind(op, List.of(self(), other)).get(0);
  }

  /** Shape of the data. */
  default Shape shape() {
    return spec().shape();
  }

  /** {@code a + b}, equal shapes. */
  default T add(T other) {
    return binary(new Add(), other);
  }

  /** {@code a − b}, equal shapes. */
  default T sub(T other) {
    return binary(new Sub(), other);
  }

  /** {@code a · b}, equal shapes. */
  default T mul(T other) {
    return binary(new Mul(), other);
  }

  /** {@code factor · a}. */
  default T scale(double factor) {
    return unary(new Scale(factor));
  }

  /** {@code max(a, 0)}. */
  default T relu() {
    return unary(new Relu());
  }

  /** Logistic function. */
  default T sigmoid() {
    return unary(new Sigmoid());
  }

  /** Exponential. */
  default T exp() {
    return unary(new Exp());
  }

  /** Natural logarithm. */
  default T log() {
    return unary(new Log());
  }

  /** {@code 1 / a}. */
  default T reciprocal() {
    return unary(new Reciprocal());
  }

  /** Row o of {@code [O,…]} times {@code scales[o]}. */
  default T scaleRows(T scales) {
    return binary(new ScaleRows(), scales);
  }

  /** Sum of all elements, rank 0. */
  default T sum() {
    return unary(new Sum());
  }

  /** Softmax over the last axis. */
  default T softmax() {
    return unary(new Softmax());
  }

  /** Matrix product {@code [M,K]·[K,N]}. */
  default T matMul(T other) {
    return binary(new MatMul(false, false, false, false), other);
  }

  /** {@code relu?(x·weightᵀ + bias)}: x {@code [R,I]}, weight {@code [O,I]}, bias {@code [O]}. */
  default T linear(T weight, T bias, boolean relu) {
    return bind(new MatMul(false, true, true, relu), List.of(self(), weight, bias)).get(0);
  }

  /** Convolution without epilogue. */
  default T conv2d(T weight, Window window) {
    return bind(new Conv2d(window, Epilogue.NONE), List.of(self(), weight)).get(0);
  }

  /** {@code relu?(conv + bias)}. */
  default T conv2d(T weight, T bias, Window window, boolean relu) {
    Epilogue e = new Epilogue(true, false, relu);
    return bind(new Conv2d(window, e), List.of(self(), weight, bias)).get(0);
  }

  /** {@code relu?(conv + bias + residual)}. */
  default T conv2d(T weight, T bias, T residual, Window window, boolean relu) {
    Epilogue e = new Epilogue(true, true, relu);
    return bind(new Conv2d(window, e), List.of(self(), weight, bias, residual)).get(0);
  }

  /** {@code relu?(transposed conv + bias)}; weight {@code [I,kh,kw,O]}. */
  default T convTranspose2d(T weight, T bias, int stride, boolean relu) {
    Epilogue e = new Epilogue(true, false, relu);
    return bind(new ConvTranspose2d(stride, e), List.of(self(), weight, bias)).get(0);
  }

  /** Maximum over windows. */
  default T maxPool2d(int kernel, int stride, int padding) {
    return unary(new MaxPool2d(kernel, stride, padding));
  }

  /** Nearest-neighbour upsampling to a size. */
  default T upsampleNearest(int height, int width) {
    return unary(new UpsampleNearest(height, width));
  }

  /** Group normalisation with optional ReLU. */
  default T groupNorm(int groups, double epsilon, T gamma, T beta, boolean relu) {
    return bind(new GroupNorm(groups, epsilon, relu), List.of(self(), gamma, beta)).get(0);
  }

  /** This and others joined along an axis. */
  default T concat(List<T> others, int axis) {
    List<T> all = new ArrayList<>();
    all.add(self());
    all.addAll(others);
    return bind(new Concat(axis), all).get(0);
  }

  /** Elements {@code start … start+length−1} of an axis. */
  default T slice(int axis, int start, int length) {
    return unary(new Slice(axis, start, length));
  }

  /** Mean softmax cross-entropy over rows with label ≥ 0; labels I32 {@code [R]}. */
  default T crossEntropy(T labels) {
    return binary(new SoftmaxCrossEntropy(), labels);
  }

  /** Mean binary cross-entropy with logits over elements with target ≥ 0. */
  default T binaryCrossEntropy(T targets) {
    return binary(new BinaryCrossEntropy(), targets);
  }

  /** Smooth L1 of rows with label &gt; 0, divided by the number of rows with label ≥ 0. */
  default T smoothL1(T targets, T labels, double beta) {
    return bind(new SmoothL1(beta), List.of(self(), targets, labels)).get(0);
  }
}

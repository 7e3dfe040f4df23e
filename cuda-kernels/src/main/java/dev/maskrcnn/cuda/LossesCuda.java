package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SmoothL1Backward;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/**
 * Launches {@code losses.cu}. The first of two launches leaves one sum or count per block in
 * scratch; the number of blocks follows from the sizes alone.
 */
final class LossesCuda {
  private static final int THREADS = 256;
  private static final int WARP = 32;

  private final CudaRuntime cuda;
  private final KernelFunction countLabels;
  private final TypedKernel countTargets;
  private final TypedKernel mean;
  private final TypedKernel crossEntropy;
  private final TypedKernel crossEntropyBackward;
  private final TypedKernel binary;
  private final TypedKernel binaryBackward;
  private final TypedKernel smoothL1;
  private final TypedKernel smoothL1Backward;

  private LossesCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.countLabels = cuda.function("count_labels");
    this.countTargets = TypedKernel.of(cuda, "count_targets");
    this.mean = TypedKernel.of(cuda, "mean");
    this.crossEntropy = TypedKernel.of(cuda, "cross_entropy");
    this.crossEntropyBackward = TypedKernel.of(cuda, "cross_entropy_backward");
    this.binary = TypedKernel.of(cuda, "binary_cross_entropy");
    this.binaryBackward = TypedKernel.of(cuda, "binary_cross_entropy_backward");
    this.smoothL1 = TypedKernel.of(cuda, "smooth_l1");
    this.smoothL1Backward = TypedKernel.of(cuda, "smooth_l1_backward");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    LossesCuda losses = new LossesCuda(cuda);
    table.put(SoftmaxCrossEntropy.class, losses::crossEntropy);
    table.put(SoftmaxCrossEntropyBackward.class, losses::crossEntropyBackward);
    table.put(BinaryCrossEntropy.class, losses::binary);
    table.put(BinaryCrossEntropyBackward.class, losses::binaryBackward);
    table.put(SmoothL1.class, losses::smoothL1);
    table.put(SmoothL1Backward.class, losses::smoothL1Backward);
  }

  /** What the blocks of a first launch leave: the addresses of sums and counts. */
  private record Terms(long blocks, long sums, long counts) {
    Launch launch() {
      return Launch.blocks(blocks, THREADS);
    }
  }

  private Terms terms(long blocks) {
    long sums = cuda.scratch(2 * blocks * Float.BYTES);
    return new Terms(blocks, sums, sums + blocks * Float.BYTES);
  }

  private void finish(Op op, Terms terms, DenseArray loss) {
    mean.of(op, loss)
        .launch(
            Launch.blocks(1, THREADS),
            cuda.arguments()
                .pointer(terms.sums())
                .pointer(terms.counts())
                .integer((int) terms.blocks())
                .pointer(loss));
  }

  /** Counts what is not ignored, ahead of a gradient. */
  private Terms count(KernelFunction kernel, DenseArray label) {
    long n = label.shape().size();
    Terms terms = terms(ReduceCuda.blocks(n, THREADS * 4L * TypedKernel.perAccess(label)));
    kernel.launch(
        terms.launch(), cuda.arguments().pointer(label).longInteger(n).pointer(terms.counts()));
    return terms;
  }

  private void crossEntropy(KernelCall<SoftmaxCrossEntropy> call) {
    DenseArray x = call.in(0);
    int rows = x.shape().dim(0);
    Terms terms = terms(ReduceCuda.blocks(rows, THREADS / WARP));
    crossEntropy
        .of(call.op(), x)
        .launch(
            terms.launch(),
            cuda.arguments()
                .pointer(x)
                .pointer(call.in(1))
                .integer(rows)
                .integer(x.shape().dim(1))
                .pointer(terms.sums())
                .pointer(terms.counts())
                .pointer(call.out(1)));
    finish(call.op(), terms, call.out(0));
  }

  private void crossEntropyBackward(KernelCall<SoftmaxCrossEntropyBackward> call) {
    DenseArray softmax = call.in(1);
    DenseArray label = call.in(2);
    int rows = softmax.shape().dim(0);
    KernelFunction kernel = crossEntropyBackward.of(call.op(), softmax);
    Terms terms = count(countLabels, label);
    kernel.launch(
        Launch.of(rows * (long) WARP, THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(softmax)
            .pointer(label)
            .integer(rows)
            .integer(softmax.shape().dim(1))
            .pointer(terms.counts())
            .integer((int) terms.blocks())
            .pointer(call.out(0)));
  }

  private void binary(KernelCall<BinaryCrossEntropy> call) {
    DenseArray x = call.in(0);
    long n = x.shape().size();
    Terms terms = terms(ReduceCuda.blocks(n, THREADS * 2L * TypedKernel.perAccess(x)));
    binary
        .of(call.op(), x)
        .launch(
            terms.launch(),
            cuda.arguments()
                .pointer(x)
                .pointer(call.in(1))
                .longInteger(n)
                .pointer(terms.sums())
                .pointer(terms.counts()));
    finish(call.op(), terms, call.out(0));
  }

  private void binaryBackward(KernelCall<BinaryCrossEntropyBackward> call) {
    DenseArray x = call.in(1);
    DenseArray target = call.in(2);
    long n = x.shape().size();
    Terms terms = count(countTargets.of(call.op(), target), target);
    binaryBackward
        .of(call.op(), x)
        .launch(
            Launch.of(Launch.ceilDiv(n, TypedKernel.perAccess(x)), THREADS),
            cuda.arguments()
                .pointer(call.in(0))
                .pointer(x)
                .pointer(target)
                .longInteger(n)
                .pointer(terms.counts())
                .integer((int) terms.blocks())
                .pointer(call.out(0)));
  }

  private void smoothL1(KernelCall<SmoothL1> call) {
    DenseArray prediction = call.in(0);
    int rows = prediction.shape().dim(0);
    Terms terms = terms(ReduceCuda.blocks(rows, THREADS));
    smoothL1
        .of(call.op(), prediction)
        .launch(
            terms.launch(),
            cuda.arguments()
                .pointer(prediction)
                .pointer(call.in(1))
                .pointer(call.in(2))
                .integer(rows)
                .integer(prediction.shape().dim(1))
                .number((float) call.op().beta())
                .pointer(terms.sums())
                .pointer(terms.counts()));
    finish(call.op(), terms, call.out(0));
  }

  private void smoothL1Backward(KernelCall<SmoothL1Backward> call) {
    DenseArray prediction = call.in(1);
    DenseArray label = call.in(3);
    int rows = prediction.shape().dim(0);
    KernelFunction kernel = smoothL1Backward.of(call.op(), prediction);
    Terms terms = count(countLabels, label);
    kernel.launch(
        Launch.of(rows, THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(prediction)
            .pointer(call.in(2))
            .pointer(label)
            .integer(rows)
            .integer(prediction.shape().dim(1))
            .number((float) call.op().beta())
            .pointer(terms.counts())
            .integer((int) terms.blocks())
            .pointer(call.out(0)));
  }
}

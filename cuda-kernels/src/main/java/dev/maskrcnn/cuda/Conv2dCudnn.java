package dev.maskrcnn.cuda;

import dev.maskrcnn.cuda.ConvolutionProblem.Extents;
import dev.maskrcnn.cuda.EpilogueCuda.Terms;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardData;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/**
 * Convolutions in cuDNN: NHWC, sums in float32. Bias, residual and ReLU are part of cuDNN's call
 * where it has a kernel for that, else one pass of {@code epilogue.cu}. cuDNN's fused ReLU turns
 * NaN into 0.
 */
final class Conv2dCudnn {
  private final CudaRuntime cuda;
  private final ConvolutionRunner runner;
  private final EpilogueCuda epilogue;
  private final ReduceCuda reduce;

  private Conv2dCudnn(CudaRuntime cuda, ConvolutionPlans plans) {
    this.cuda = cuda;
    this.runner = new ConvolutionRunner(cuda, plans);
    this.epilogue = new EpilogueCuda(cuda);
    this.reduce = new ReduceCuda(cuda);
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    Conv2dCudnn convolution = new Conv2dCudnn(cuda, cuda.convolutions());
    table.put(Conv2d.class, convolution::forward);
    table.put(Conv2dBackwardData.class, convolution::backwardData);
    table.put(Conv2dBackwardWeights.class, convolution::backwardWeights);
    table.put(ConvTranspose2d.class, convolution::transposed);
  }

  private void forward(KernelCall<Conv2d> call) {
    DenseArray y = call.out(0);
    if (y.shape().size() == 0) {
      return;
    }
    Epilogue e = call.op().epilogue();
    long bias = e.bias() ? Terms.address(call.in(2)) : 0;
    long residual = e.residual() ? Terms.address(call.in(e.residualIndex())) : 0;
    Terms terms = new Terms(bias, residual, e.relu());
    DenseArray x = call.in(0);
    DenseArray w = call.in(1);
    ConvolutionProblem problem =
        problem(ConvolutionPass.FORWARD, x, w, call.op().window(), !terms.none());
    ConvolutionRunner.Operands operands = operands(x, w, y);
    if (terms.none()) {
      runner.run(problem, operands);
    } else if (!runner.runFused(problem, operands, terms)) {
      epilogue.inPlace(call.op(), y, terms);
    }
  }

  private static ConvolutionProblem problem(
      ConvolutionPass pass, DenseArray x, DenseArray w, Window window, boolean epilogue) {
    return new ConvolutionProblem(
        pass, x.spec().dtype(), Extents.of(x.shape()), Extents.of(w.shape()), window, epilogue);
  }

  private static ConvolutionRunner.Operands operands(DenseArray x, DenseArray w, DenseArray y) {
    return new ConvolutionRunner.Operands(
        x.memory().address(), w.memory().address(), y.memory().address());
  }

  private void backwardData(KernelCall<Conv2dBackwardData> call) {
    DenseArray dx = call.out(0);
    if (dx.shape().size() > 0) {
      Window window = call.op().window();
      runner.run(
          problem(ConvolutionPass.BACKWARD_DATA, dx, call.in(1), window, false),
          operands(dx, call.in(1), call.in(0)));
    }
  }

  private void backwardWeights(KernelCall<Conv2dBackwardWeights> call) {
    DenseArray x = call.in(0);
    DenseArray dy = call.in(1);
    DenseArray dw = call.out(0);
    if (dy.shape().size() == 0) {
      cuda.fill(dw.memory().address(), (byte) 0, dw.spec().bytes());
    } else {
      runner.run(
          problem(ConvolutionPass.BACKWARD_FILTER, x, dw, call.op().window(), false),
          operands(x, dw, dy));
    }
    if (call.op().bias()) {
      reduce.sumRows(call.op(), dy, call.out(1));
    }
  }

  /** The gradient of a convolution of which x is the result and y the image. */
  private void transposed(KernelCall<ConvTranspose2d> call) {
    DenseArray y = call.out(0);
    if (y.shape().size() == 0) {
      return;
    }
    Window window = Window.of(call.op().stride(), 0);
    runner.run(
        problem(ConvolutionPass.BACKWARD_DATA, y, call.in(1), window, false),
        operands(y, call.in(1), call.in(0)));
    Epilogue e = call.op().epilogue();
    long bias = e.bias() ? Terms.address(call.in(2)) : 0;
    epilogue.inPlace(call.op(), y, new Terms(bias, 0, e.relu()));
  }
}

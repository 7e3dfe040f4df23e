package dev.maskrcnn.cuda;

import dev.maskrcnn.cuda.Cublas.Extents;
import dev.maskrcnn.cuda.Cublas.Matrix;
import dev.maskrcnn.cuda.EpilogueCuda.Terms;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/**
 * Matrix products in cuBLAS, bias and ReLU in one pass of {@code epilogue.cu} behind them. Between
 * the two a product of half precision stays float32 and is rounded once, with the bias.
 */
final class MatMulCublas {
  private final CudaRuntime cuda;
  private final EpilogueCuda epilogue;

  private MatMulCublas(CudaRuntime cuda) {
    this.cuda = cuda;
    this.epilogue = new EpilogueCuda(cuda);
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    table.put(MatMul.class, new MatMulCublas(cuda)::matMul);
  }

  private void matMul(KernelCall<MatMul> call) {
    MatMul op = call.op();
    DenseArray a = call.in(0);
    DenseArray y = call.out(0);
    if (y.shape().size() == 0) {
      return;
    }
    long bias = op.bias() ? Terms.address(call.in(2)) : 0;
    Terms terms = new Terms(bias, 0, op.relu());
    DType type = y.spec().dtype();
    boolean wide = type != DType.F32 && op.bias();
    long bytes = y.shape().size() * (wide ? Float.BYTES : type.bytes());
    long product = wide ? cuda.scratch(bytes) : y.memory().address();
    int inner = a.shape().dim(op.transposeA() ? 0 : 1);
    if (inner == 0) {
      cuda.fill(product, (byte) 0, bytes);
    } else {
      Extents extents = new Extents(y.shape().dim(0), y.shape().dim(1), inner);
      DType out = wide ? DType.F32 : type;
      cuda.cublas()
          .multiply(
              extents,
              matrix(a, op.transposeA()),
              matrix(call.in(1), op.transposeB()),
              new Matrix(product, out, extents.n(), false));
    }
    if (wide) {
      epilogue.fromFloat(op, product, y, terms);
    } else {
      epilogue.inPlace(op, y, terms);
    }
  }

  private static Matrix matrix(DenseArray t, boolean transposed) {
    return new Matrix(t.memory().address(), t.spec().dtype(), t.shape().dim(1), transposed);
  }
}

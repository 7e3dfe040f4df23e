package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.shape.DType;
import jcuda.cudaDataType;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.runtime.cudaStream_t;

/**
 * cuBLAS on one device, opened at the first product. It works on the runtime's stream with a
 * workspace of its own: one that the library allocates could be neither counted nor captured.
 */
final class Cublas implements AutoCloseable {
  /** What NVIDIA recommends from compute capability 9.0 on, and before. */
  private static final long WORKSPACE_LARGE = 32L << 20;

  private static final long WORKSPACE_SMALL = 4L << 20;
  private static final int HOPPER = 90;

  private final CudaRuntime cuda;
  private final CudaSettings settings;
  private final cublasHandle handle = new cublasHandle();
  private LibraryScalars scalars;
  private CudaMemory workspace;

  Cublas(CudaRuntime cuda, CudaSettings settings) {
    this.cuda = cuda;
    this.settings = settings;
  }

  /**
   * A matrix on the device, row-major.
   *
   * @param address device address
   * @param type f32, f16 or bf16
   * @param columns length of a row as stored
   * @param transposed whether its transpose is meant
   */
  record Matrix(long address, DType type, int columns, boolean transposed) {}

  /** Extents of a product: [m,k] · [k,n]. */
  record Extents(int m, int n, int k) {}

  /** {@code c [m,n] = a [m,k] · b [k,n]} with sums in float32; all extents at least 1. */
  void multiply(Extents e, Matrix a, Matrix b, Matrix c) {
    open();
    cuda.bind();
    // Column-major, as cuBLAS reads them, the arrays are the transposes: c' = b' · a'.
    int status =
        JCublas2.cublasGemmEx_new(
            handle,
            operation(b),
            operation(a),
            e.n(),
            e.m(),
            e.k(),
            scalars.one(),
            new DevicePointer(b.address()),
            type(b.type()),
            b.columns(),
            new DevicePointer(a.address()),
            type(a.type()),
            a.columns(),
            scalars.zero(),
            new DevicePointer(c.address()),
            type(c.type()),
            c.columns(),
            compute(a.type()),
            cublasGemmAlgo.CUBLAS_GEMM_DEFAULT);
    cuda.activity().calledLibrary();
    check(status, "product of " + e.m() + "x" + e.k() + " and " + e.k() + "x" + e.n());
  }

  private static int operation(Matrix m) {
    return m.transposed() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
  }

  private static int type(DType type) {
    return switch (type) {
      case F32 -> cudaDataType.CUDA_R_32F;
      case F16 -> cudaDataType.CUDA_R_16F;
      case BF16 -> cudaDataType.CUDA_R_16BF;
      default ->
          throw new CudaException(
              "cuBLAS: no product of " + type + ", expected f32, f16 or bf16; cast the operands");
    };
  }

  private int compute(DType type) {
    return type == DType.F32 && settings.tf32()
        ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32
        : cublasComputeType.CUBLAS_COMPUTE_32F;
  }

  private void open() {
    if (scalars != null) {
      return;
    }
    cuda.bind();
    CudaLibraries.loadNative("JCublas2", () -> JCublas2.setExceptionsEnabled(false));
    check(JCublas2.cublasCreate(handle), "a handle");
    // In this order: setting the stream takes the workspace away.
    check(JCublas2.cublasSetStream(handle, new cudaStream_t(cuda.stream())), "its stream");
    long bytes = cuda.facts().capability() >= HOPPER ? WORKSPACE_LARGE : WORKSPACE_SMALL;
    workspace = cuda.pool().allocate(bytes);
    check(JCublas2.cublasSetWorkspace(handle, workspace.pointer(), bytes), "its workspace");
    scalars = new LibraryScalars();
  }

  private void check(int status, String what) {
    if (status != 0) {
      String told = JCublas2.cublasGetStatusString(status) + " (" + status + ")";
      throw new CudaException(cuda.name() + ": cuBLAS, " + what + ": " + told, status);
    }
  }

  @Override
  public void close() {
    if (scalars != null) {
      check(JCublas2.cublasDestroy(handle), "freeing the handle");
      cuda.pool().free(workspace);
      scalars.close();
      scalars = null;
    }
  }
}

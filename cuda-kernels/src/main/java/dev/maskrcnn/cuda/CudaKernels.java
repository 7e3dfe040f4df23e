package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Convolution;
import dev.maskrcnn.tensor.op.LinearAlgebra;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.util.Locale;
import java.util.Optional;

/**
 * The kernel table of a CUDA device. Each launcher class stands beside one {@code .cu} file and
 * registers the ops that it launches; convolutions and matrix products are those of NVIDIA's
 * libraries, and written down as absent where these are not installed.
 */
final class CudaKernels {
  private CudaKernels() {}

  static KernelTable table(CudaRuntime cuda) {
    KernelTable table = new KernelTable(cuda.name());
    // One line per launcher class: XCuda.register(table, cuda);
    ElementwiseCuda.register(table, cuda);
    ReduceCuda.register(table, cuda);
    SoftmaxCuda.register(table, cuda);
    LossesCuda.register(table, cuda);
    SgdCuda.register(table, cuda);
    AnchorsCuda.register(table, cuda);
    BoxIouCuda.register(table, cuda);
    MatchBoxesCuda.register(table, cuda);
    BoxCoderCuda.register(table, cuda);
    SamplingCuda.register(table, cuda);
    SelectTopKCuda.register(table, cuda);
    NmsCuda.register(table, cuda);
    ProposalsCuda.register(table, cuda);
    MasksCuda.register(table, cuda);
    MovementCuda.register(table, cuda);
    PoolingCuda.register(table, cuda);
    GroupNormCuda.register(table, cuda);
    RoiAlignCuda.register(table, cuda);
    RoiAlignBackwardCuda.register(table, cuda);
    RoiPoolCuda.register(table, cuda);
    libraries(table, cuda);
    return table.deviceCode(CudaKernels::deviceCode);
  }

  /** {@code RoiAlignCuda} launches what is in {@code roi_align.cu}; two files have other names. */
  static Optional<String> deviceCode(String type) {
    String name = type.substring(type.lastIndexOf('.') + 1);
    if (!name.endsWith("Cuda")) {
      return Optional.empty();
    }
    String words = name.substring(0, name.length() - "Cuda".length());
    String file =
        switch (words) {
          case "MultiTensorSgd" -> "sgd";
          case "ImagePreprocess" -> "image";
          default -> words.replaceAll("(?<=[a-z0-9])(?=[A-Z][a-z])", "_").toLowerCase(Locale.ROOT);
        };
    return Optional.of("cuda-kernels/src/main/cuda/" + file + ".cu");
  }

  /** The ops of NVIDIA's libraries, where these are there. */
  private static void libraries(KernelTable table, CudaRuntime cuda) {
    Optional<String> withoutCudnn = NvidiaLibrary.CUDNN.missing();
    if (withoutCudnn.isEmpty()) {
      Conv2dCudnn.register(table, cuda);
    } else {
      table.absent(Convolution.Conv2d.class, withoutCudnn.get());
      table.absent(Convolution.Conv2dBackwardData.class, withoutCudnn.get());
      table.absent(Convolution.Conv2dBackwardWeights.class, withoutCudnn.get());
      table.absent(Convolution.ConvTranspose2d.class, withoutCudnn.get());
    }
    Optional<String> withoutCublas = NvidiaLibrary.CUBLAS.missing();
    if (withoutCublas.isEmpty()) {
      MatMulCublas.register(table, cuda);
    } else {
      table.absent(LinearAlgebra.MatMul.class, withoutCublas.get());
    }
  }
}

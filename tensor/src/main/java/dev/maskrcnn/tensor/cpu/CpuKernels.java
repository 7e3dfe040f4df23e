package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.spi.KernelTable;

/** The kernel table of the CPU, in the order of the catalogue. */
final class CpuKernels {
  private CpuKernels() {}

  static KernelTable table(Workers workers, OneDnn oneDnn, CpuSettings settings) {
    KernelTable table = new KernelTable("cpu").onHost();
    ConvolutionKernels.register(table, workers, oneDnn, settings);
    MatMulKernels.register(table, oneDnn);
    ReductionKernels.register(table, workers);
    PointwiseKernels.register(table, workers);
    MovementKernels.register(table, workers);
    PoolingKernels.register(table, workers);
    NormalizationKernels.register(table, workers);
    LossKernels.register(table, workers);
    UpdateKernels.register(table, workers);
    RoiKernels.register(table, workers);
    BoxKernels.register(table, workers);
    MaskKernels.register(table, workers);
    return table;
  }
}

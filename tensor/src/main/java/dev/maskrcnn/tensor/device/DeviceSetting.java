package dev.maskrcnn.tensor.device;

/** What {@link DeviceOptions} may say. Each kind of device reads its own settings. */
public enum DeviceSetting {
  /** Threads of the CPU; by default the environment's {@code OMP_NUM_THREADS}, else all cores. */
  THREADS("maskrcnn.threads"),
  /**
   * Whether the CPU rounds operands of products to bfloat16 where that is asked for: {@code true},
   * {@code false}, or by default what is faster.
   */
  CPU_BF16("maskrcnn.cpu.bf16"),
  /** Whether the CPU computes 3×3 convolutions by Winograd's transforms; default true. */
  WINOGRAD("maskrcnn.winograd"),
  /** How many tiles Winograd's transforms take at once; default 192. */
  WINOGRAD_CHUNK("maskrcnn.winograd.chunk"),
  /** Whether CUDA may round float32 operands to the 10 bits of tensor cores; default false. */
  CUDA_TF32("maskrcnn.cuda.tf32"),
  /** Only algorithms of CUDA that give the same bits in every run; default false. */
  CUDA_DETERMINISTIC("maskrcnn.cuda.deterministic"),
  /** MiB that an algorithm of CUDA may use beside its operands; default 1024. */
  CUDA_WORKSPACE("maskrcnn.cuda.workspace"),
  /** Use at which the algorithms of a convolution are measured, 0 for never; default 8. */
  CUDA_SEARCH("maskrcnn.cuda.search"),
  /** File that keeps what was measured, or {@code off}; default in the user's cache folder. */
  CUDA_CACHE("maskrcnn.cuda.cache"),
  /** Whether freed device memory is kept for the next request; default true on a GPU. */
  CUDA_POOL("maskrcnn.cuda.pool"),
  /** Whether passes that come again are captured as CUDA graphs; default false. */
  CUDA_GRAPHS("maskrcnn.cuda.graphs"),
  /** Whether the gradient of RoIAlign is added up in a fixed order on CUDA; default true. */
  CUDA_ROI_DETERMINISTIC("cuda.deterministic"),
  /** {@code sync} waits after each kernel, so that a fault is told with the kernel's name. */
  CUDA_DEBUG("cuda.debug"),
  /** Whether {@code cuda} may be the emulation where there is no driver; default false. */
  CUDA_EMULATION("cuda.emulation"),
  /** Folder of the emulation; default {@code target/emulation}. */
  CUDA_EMULATION_FOLDER("cuda.emulation.dir");

  private final String property;

  DeviceSetting(String property) {
    this.property = property;
  }

  /** The system property that sets it for a whole program. */
  public String property() {
    return property;
  }
}

package dev.maskrcnn.cuda;

import java.util.List;
import java.util.function.Supplier;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;

/** The way from a pass to its graph. Where it ends early, nothing is left of it. */
final class CudaCapture implements AutoCloseable {
  private final CudaRuntime cuda;
  private final Supplier<Runnable> pass;
  private CUgraph recorded;
  private Runnable result;
  private boolean complete;

  private CudaCapture(CudaRuntime cuda, Supplier<Runnable> pass) {
    this.cuda = cuda;
    this.pass = pass;
  }

  /**
   * Rehearses a pass and records it.
   *
   * @throws CudaException if the pass does what cannot be recorded, such as waiting or allocating
   */
  static CudaGraph of(CudaRuntime cuda, Supplier<Runnable> pass) {
    try (CudaCapture capture = new CudaCapture(cuda, pass)) {
      return capture.graph();
    }
  }

  private CudaGraph graph() {
    List<CudaMemory> memory = cuda.graphMemory().rehearse(() -> pass.get().run());
    record(memory);
    CUgraphExec executable = new CUgraphExec();
    int code = JCudaDriver.cuGraphInstantiate(executable, recorded, 0);
    CudaResult.check(code, cuda.name() + ": making a graph executable");
    CudaGraph graph = new CudaGraph(cuda, executable, cuda.graphMemory().enter(memory), result);
    complete = true;
    return graph;
  }

  private void record(List<CudaMemory> memory) {
    cuda.bind();
    int begun =
        JCudaDriver.cuStreamBeginCapture(
            cuda.stream(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
    CudaResult.check(begun, cuda.name() + ": beginning a capture");
    CUgraph graph = new CUgraph();
    int ended;
    cuda.capturing(true);
    try {
      cuda.graphMemory().repeat(memory, () -> result = pass.get());
    } finally {
      cuda.capturing(false);
      ended = JCudaDriver.cuStreamEndCapture(cuda.stream(), graph);
      if (ended == CUresult.CUDA_SUCCESS) {
        recorded = graph;
      }
    }
    CudaResult.check(ended, cuda.name() + ": ending a capture");
  }

  @Override
  public void close() {
    if (!complete && result != null) {
      result.run();
    }
    if (recorded != null) {
      cuda.log().check(JCudaDriver.cuGraphDestroy(recorded), "freeing a graph");
    }
    if (!complete && !cuda.log().faulted()) {
      cuda.graphMemory().pool().trim();
    }
  }
}

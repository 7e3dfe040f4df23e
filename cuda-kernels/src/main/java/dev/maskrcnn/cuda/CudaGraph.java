package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.spi.Graph;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;

/**
 * A pass that was captured from the stream and is launched as one: a single call of the driver
 * where a step makes thousands. Memory must be where it was, so all of it comes from the arena.
 */
final class CudaGraph implements Graph {
  private final CudaRuntime cuda;
  private final CUgraphExec executable = new CUgraphExec();

  private CudaGraph(CudaRuntime cuda, CUgraph graph) {
    this.cuda = cuda;
    int code = JCudaDriver.cuGraphInstantiate(executable, graph, 0);
    CudaResult.check(code, cuda.name() + ": making a graph executable");
  }

  /**
   * Records what work issues.
   *
   * @throws CudaException if it does what cannot be recorded, such as waiting or allocating
   */
  static CudaGraph capture(CudaRuntime cuda, CudaRuntime.Blocks rehearsed, Runnable work) {
    cuda.bind();
    int begun =
        JCudaDriver.cuStreamBeginCapture(
            cuda.stream(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
    CudaResult.check(begun, cuda.name() + ": beginning a capture");
    CUgraph graph = new CUgraph();
    boolean recorded = false;
    cuda.capturing(true);
    try {
      cuda.repeat(rehearsed, work);
      recorded = true;
    } finally {
      cuda.capturing(false);
      int ended = JCudaDriver.cuStreamEndCapture(cuda.stream(), graph);
      if (recorded) {
        CudaResult.check(ended, cuda.name() + ": ending a capture");
      }
    }
    try {
      return new CudaGraph(cuda, graph);
    } finally {
      int code = JCudaDriver.cuGraphDestroy(graph);
      CudaResult.check(code, cuda.name() + ": freeing a graph");
    }
  }

  @Override
  public void launch() {
    cuda.bind();
    cuda.activity().launchedGraph();
    cuda.log().check(JCudaDriver.cuGraphLaunch(executable, cuda.stream()), "launching a graph");
  }

  @Override
  public void close() {
    if (!cuda.log().faulted()) {
      cuda.bind();
      int code = JCudaDriver.cuGraphExecDestroy(executable);
      CudaResult.check(code, cuda.name() + ": freeing a graph");
    }
  }
}

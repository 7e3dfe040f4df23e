package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.spi.Graph;
import java.util.List;
import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;

/**
 * A pass that was captured from the stream and is launched as one: a single call of the driver
 * where a step makes thousands. Memory must be where it was, so all of it is {@link GraphMemory}.
 */
final class CudaGraph implements Graph {
  private final CudaRuntime cuda;
  private final CUgraphExec executable;
  private final List<CudaMemory> memory;
  private final Runnable result;
  private boolean open = true;

  /**
   * @param memory what {@link GraphMemory#enter} returned
   * @param result frees what the pass computes, with the graph
   */
  CudaGraph(CudaRuntime cuda, CUgraphExec executable, List<CudaMemory> memory, Runnable result) {
    this.cuda = cuda;
    this.executable = executable;
    this.memory = memory;
    this.result = result;
  }

  @Override
  public void launch() {
    cuda.bind();
    cuda.activity().launchedGraph();
    cuda.log().check(JCudaDriver.cuGraphLaunch(executable, cuda.stream()), "launching a graph");
  }

  @Override
  public void close() {
    if (!open) {
      return;
    }
    open = false;
    result.run();
    if (!cuda.log().faulted()) {
      cuda.bind();
      int code = JCudaDriver.cuGraphExecDestroy(executable);
      CudaResult.check(code, cuda.name() + ": freeing a graph");
      cuda.graphMemory().leave(memory);
    }
  }
}

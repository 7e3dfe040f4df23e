package dev.maskrcnn.cuda;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/** Times work on the device between two events, without the host's time to issue it. */
public final class CudaTimer implements AutoCloseable {
  /** Longer than it takes to issue the hundred ops or so that fit into a launch queue. */
  private static final int DELAY_MICROSECONDS = 3_000;

  private final CudaRuntime cuda;
  private final KernelFunction delay;
  private final CUevent begin;
  private final CUevent end;

  CudaTimer(CudaRuntime cuda) {
    this.cuda = cuda;
    cuda.bind();
    this.delay = cuda.delay();
    this.begin = event();
    this.end = event();
  }

  private CUevent event() {
    CUevent event = new CUevent();
    int code = JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT);
    CudaResult.check(code, cuda.name() + ": an event");
    return event;
  }

  /**
   * Keeps the device waiting for some milliseconds, so that work issued meanwhile runs without gaps
   * and {@link #stop} tells the device's time even of kernels shorter than their launch.
   */
  public void delay() {
    delay.launch(Launch.blocks(1, 1), cuda.arguments().integer(DELAY_MICROSECONDS));
  }

  /** Begins when the work issued before is done. */
  public void start() {
    record(begin);
  }

  /** Waits for the work issued since {@link #start} and returns its time in milliseconds. */
  public double stop() {
    record(end);
    cuda.log().settle(JCudaDriver.cuEventSynchronize(end), "waiting for a timer");
    float[] milliseconds = new float[1];
    int code = JCudaDriver.cuEventElapsedTime(milliseconds, begin, end);
    cuda.log().check(code, "reading a timer");
    return milliseconds[0];
  }

  private void record(CUevent event) {
    cuda.bind();
    cuda.log().check(JCudaDriver.cuEventRecord(event, cuda.stream()), "recording an event");
  }

  @Override
  public void close() {
    if (!cuda.log().faulted()) {
      cuda.bind();
      CudaResult.check(JCudaDriver.cuEventDestroy(begin), cuda.name() + ": closing an event");
      CudaResult.check(JCudaDriver.cuEventDestroy(end), cuda.name() + ": closing an event");
    }
  }
}

package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.spi.Upload;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * Uploads that run beside the computation, on a stream of their own. Two events hold the streams
 * together, and the host waits for neither:
 *
 * <ul>
 *   <li>the computation waits for the copies of a batch when it {@linkplain Upload#join joins}
 *       them;
 *   <li>copies wait for the last use of their memory. It comes from a pool that serves uploads
 *       only, and whenever a block comes back there, an event is recorded in the computation. The
 *       next upload waits for that event, not for what was issued since.
 * </ul>
 */
final class CopyStream implements AutoCloseable {
  private final CudaRuntime cuda;
  private final CUstream stream = new CUstream();
  private final CUevent lastUse;
  private final CudaPool pool;
  private final Staging staging;
  private final List<CUevent> events = new ArrayList<>();
  private final ArrayDeque<CUevent> idle = new ArrayDeque<>();
  private boolean active;

  /**
   * @param pooled whether freed blocks are kept for the next request
   */
  CopyStream(CudaRuntime cuda, boolean pooled) {
    this.cuda = cuda;
    CudaResult.check(
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
        cuda.name() + ": a stream for uploads");
    this.lastUse = event();
    this.pool = new CudaPool(cuda, pooled, this::used);
    this.staging = new Staging(cuda, stream, cuda.activity()::uploadedAhead);
  }

  /** Whether memory and copies are asked for by {@link #ahead} at the time. */
  boolean active() {
    return active;
  }

  CudaPool pool() {
    return pool;
  }

  /** Enqueues a copy; the source was read when this returns. */
  void upload(ByteBuffer source, long target) {
    staging.upload(source, target);
  }

  /** See {@link dev.maskrcnn.tensor.spi.Backend#ahead}. */
  Upload ahead(Runnable uploads) {
    if (active) {
      throw new CudaException(cuda.name() + ": uploads ahead do not nest");
    }
    cuda.bind();
    await(stream, lastUse);
    active = true;
    try {
      uploads.run();
    } finally {
      active = false;
    }
    CUevent copied = idle.isEmpty() ? event() : idle.pop();
    record(copied, stream);
    return new Copies(copied);
  }

  private final class Copies implements Upload {
    private CUevent copied;

    Copies(CUevent copied) {
      this.copied = copied;
    }

    @Override
    public void join() {
      if (copied != null) {
        cuda.bind();
        await(cuda.stream(), copied);
        idle.push(copied); // a wait holds on to what was recorded when it was asked for
        copied = null;
      }
    }
  }

  /** A block came back; what was issued so far may use it. */
  private void used() {
    cuda.bind();
    record(lastUse, cuda.stream());
  }

  private CUevent event() {
    CUevent made = new CUevent();
    CudaResult.check(
        JCudaDriver.cuEventCreate(made, CUevent_flags.CU_EVENT_DISABLE_TIMING),
        cuda.name() + ": an event");
    events.add(made);
    return made;
  }

  private void record(CUevent event, CUstream on) {
    cuda.log().check(JCudaDriver.cuEventRecord(event, on), "recording an event");
  }

  private void await(CUstream waiting, CUevent event) {
    cuda.log().check(JCudaDriver.cuStreamWaitEvent(waiting, event, 0), "ordering two streams");
  }

  /** Waits for all copies; returns the driver's code. */
  int synchronize() {
    return JCudaDriver.cuStreamSynchronize(stream);
  }

  /** The stream must have nothing left to do. */
  @Override
  public void close() {
    staging.close();
    pool.close();
    for (CUevent event : events) {
      CudaResult.check(JCudaDriver.cuEventDestroy(event), cuda.name() + ": closing an event");
    }
    CudaResult.check(JCudaDriver.cuStreamDestroy(stream), cuda.name() + ": closing a stream");
  }
}

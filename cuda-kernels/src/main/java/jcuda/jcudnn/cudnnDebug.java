package jcuda.jcudnn;

import jcuda.runtime.cudaStream_t;

/** Where a message of cuDNN's logging comes from; its native library looks the fields up. */
public final class cudnnDebug {
  /** Version of the library. */
  public int cudnn_version;

  /** Status. */
  public int cudnnStatus;

  /** Seconds of the time. */
  public int time_sec;

  /** Microseconds of the time. */
  public int time_usec;

  /** Milliseconds since the start. */
  public int time_delta;

  /** Context. */
  public cudnnHandle handle;

  /** Stream. */
  public cudaStream_t stream;

  /** Process. */
  public long pid;

  /** Thread. */
  public long tid;

  /** Device. */
  public int cudaDeviceId;
}

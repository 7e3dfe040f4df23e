package jcuda.jcudnn;

/** What is known of an algorithm of the forward pass; the native library fills it. */
public final class cudnnConvolutionFwdAlgoPerf {
  /** Number of the algorithm. */
  public int algo;

  /** Whether it can be used: a cuDNN status. */
  public int status;

  /** Milliseconds, -1 if unknown. */
  public float time;

  /** Bytes of workspace. */
  public long memory;

  /** 1 if results are the same in every run. */
  public int determinism;

  /** The math type with which it was judged. */
  public int mathType;
}

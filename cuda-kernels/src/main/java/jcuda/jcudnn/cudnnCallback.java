package jcuda.jcudnn;

/** Receives messages of cuDNN's logging; its native library looks the method up. */
@FunctionalInterface
public interface cudnnCallback {
  /** A message of a severity, with what was given at registration. */
  void call(int severity, Object data, cudnnDebug debug, String message);
}

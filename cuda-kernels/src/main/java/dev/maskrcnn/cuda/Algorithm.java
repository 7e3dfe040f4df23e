package dev.maskrcnn.cuda;

/**
 * The algorithm chosen for a convolution.
 *
 * @param number cuDNN's number
 * @param math math type
 * @param workspaceBytes memory that it needs beside the operands
 * @param deterministic whether it gives the same bits in every run
 * @param microseconds measured time, 0 if heuristics chose it
 */
record Algorithm(
    int number, int math, long workspaceBytes, boolean deterministic, long microseconds) {
  Algorithm {
    if (number < 0 || math < 0 || workspaceBytes < 0 || microseconds < 0) {
      throw new CudaException(
          "convolution algorithm: %s, math type %s, %s bytes, %s µs, expected no negative numbers"
              .formatted(number, math, workspaceBytes, microseconds));
    }
  }

  boolean measured() {
    return microseconds > 0;
  }
}

package dev.maskrcnn.cuda;

import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** Return codes of the driver: each call's is looked at. */
final class CudaResult {
  private CudaResult() {}

  /**
   * Returns if the call succeeded.
   *
   * @param what what was called and for what, the beginning of the message
   */
  static void check(int code, String what) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw new CudaException(what + ": " + describe(code), code);
    }
  }

  /** {@code CUDA_ERROR_NAME (code), the driver's words}. */
  static String describe(int code) {
    String[] words = new String[1];
    String name = CUresult.stringFor(code) + " (" + code + ")";
    boolean told = JCudaDriver.cuGetErrorString(code, words) == CUresult.CUDA_SUCCESS;
    return told && words[0] != null && !words[0].isBlank()
        ? name + ", " + words[0].strip().replaceAll("\\s*\\R\\s*", "; ")
        : name;
  }
}

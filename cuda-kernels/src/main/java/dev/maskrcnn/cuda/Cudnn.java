package dev.maskrcnn.cuda;

import java.util.ArrayList;
import java.util.List;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.runtime.cudaStream_t;

/**
 * cuDNN on one device: the handle, which works on the runtime's stream, and what all convolutions
 * share. Opened at the first convolution, because that takes the library a while.
 */
final class Cudnn implements AutoCloseable {
  private final CudaRuntime cuda;
  private final cudnnHandle handle = new cudnnHandle();
  private final LibraryScalars scalars = new LibraryScalars();
  private final cudnnActivationDescriptor relu = new cudnnActivationDescriptor();
  private final cudnnActivationDescriptor identity = new cudnnActivationDescriptor();
  private final List<ConvolutionDescriptors> descriptors = new ArrayList<>();
  private final long version;

  Cudnn(CudaRuntime cuda) {
    this.cuda = cuda;
    cuda.bind();
    CudaLibraries.loadNative("JCudnn", JCudnn::cudnnGetVersionNative);
    this.version = JCudnn.cudnnGetVersionNative();
    check(JCudnn.cudnnCreateNative(handle), "a handle");
    check(JCudnn.cudnnSetStreamNative(handle, new cudaStream_t(cuda.stream())), "its stream");
    activation(relu, JCudnn.CUDNN_ACTIVATION_RELU);
    activation(identity, JCudnn.CUDNN_ACTIVATION_IDENTITY);
  }

  /** The fused call takes activations only if they need not propagate NaN. */
  private void activation(cudnnActivationDescriptor activation, int mode) {
    check(JCudnn.cudnnCreateActivationDescriptorNative(activation), "an activation descriptor");
    check(JCudnn.cudnnSetActivationDescriptorNative(activation, mode, 0, 0), "an activation");
  }

  cudnnHandle handle() {
    return handle;
  }

  LibraryScalars scalars() {
    return scalars;
  }

  cudnnActivationDescriptor activation(boolean withRelu) {
    return withRelu ? relu : identity;
  }

  /** 10,000 · major + 100 · minor + patch. */
  long version() {
    return version;
  }

  /** Descriptors that live as long as this. */
  ConvolutionDescriptors describe(ConvolutionProblem problem) {
    ConvolutionDescriptors made = new ConvolutionDescriptors(this, problem);
    descriptors.add(made);
    return made;
  }

  /** Returns if the status is success. */
  void check(int status, String what) {
    if (status != 0) {
      throw failure(status, what);
    }
  }

  /** The error that a status means. */
  CudaException failure(int status, String what) {
    return new CudaException(cuda.name() + ": cuDNN, " + what + ": " + describe(status), status);
  }

  static String describe(int status) {
    return JCudnn.cudnnGetErrorStringNative(status) + " (" + status + ")";
  }

  /** Whether a status means that the library does not do this, rather than that it failed. */
  static boolean refused(int status) {
    return status / 1000 == 2 || status / 1000 == 3;
  }

  @Override
  public void close() {
    descriptors.forEach(ConvolutionDescriptors::close);
    check(JCudnn.cudnnDestroyActivationDescriptorNative(relu), "freeing an activation");
    check(JCudnn.cudnnDestroyActivationDescriptorNative(identity), "freeing an activation");
    check(JCudnn.cudnnDestroyNative(handle), "freeing the handle");
    scalars.close();
  }
}

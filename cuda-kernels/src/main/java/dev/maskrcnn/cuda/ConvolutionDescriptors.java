package dev.maskrcnn.cuda;

import dev.maskrcnn.cuda.ConvolutionProblem.Extents;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.DType;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnTensorDescriptor;

/** What cuDNN wants to know of a convolution's image, filter, result, bias and window. */
final class ConvolutionDescriptors {
  private final Cudnn cudnn;
  private final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
  private final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
  private final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
  private final cudnnTensorDescriptor bias = new cudnnTensorDescriptor();
  private final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();

  ConvolutionDescriptors(Cudnn cudnn, ConvolutionProblem problem) {
    this.cudnn = cudnn;
    int type = type(problem.type());
    tensor(x, type, problem.x());
    filter(type, problem.w());
    tensor(y, type, problem.y());
    tensor(bias, type, new Extents(1, 1, 1, problem.w().a()));
    convolution(problem.window());
  }

  private static int type(DType type) {
    return switch (type) {
      case F32 -> JCudnn.CUDNN_DATA_FLOAT;
      case F16 -> JCudnn.CUDNN_DATA_HALF;
      case BF16 -> JCudnn.CUDNN_DATA_BFLOAT16;
      default ->
          throw new CudaException(
              "cuDNN: no convolution of "
                  + type
                  + ", expected f32, f16 or bf16; cast the operands");
    };
  }

  private void tensor(cudnnTensorDescriptor descriptor, int type, Extents e) {
    cudnn.check(JCudnn.cudnnCreateTensorDescriptorNative(descriptor), "a tensor descriptor");
    int status =
        JCudnn.cudnnSetTensor4dDescriptorNative(
            descriptor, JCudnn.CUDNN_TENSOR_NHWC, type, e.a(), e.d(), e.b(), e.c());
    cudnn.check(status, "tensor " + e);
  }

  private void filter(int type, Extents e) {
    cudnn.check(JCudnn.cudnnCreateFilterDescriptorNative(w), "a filter descriptor");
    int status =
        JCudnn.cudnnSetFilter4dDescriptorNative(
            w, type, JCudnn.CUDNN_TENSOR_NHWC, e.a(), e.d(), e.b(), e.c());
    cudnn.check(status, "filter " + e);
  }

  private void convolution(Window window) {
    cudnn.check(
        JCudnn.cudnnCreateConvolutionDescriptorNative(convolution), "a convolution descriptor");
    int status =
        JCudnn.cudnnSetConvolution2dDescriptorNative(
            convolution,
            window.padding(),
            window.padding(),
            window.stride(),
            window.stride(),
            window.dilation(),
            window.dilation(),
            JCudnn.CUDNN_CROSS_CORRELATION,
            JCudnn.CUDNN_DATA_FLOAT);
    cudnn.check(status, window.toString());
    cudnn.check(
        JCudnn.cudnnSetConvolutionGroupCountNative(convolution, window.groups()),
        window.groups() + " groups");
  }

  /** Sets the arithmetic of all calls from now on. */
  void math(int type) {
    cudnn.check(JCudnn.cudnnSetConvolutionMathTypeNative(convolution, type), "math type " + type);
  }

  cudnnTensorDescriptor x() {
    return x;
  }

  cudnnFilterDescriptor w() {
    return w;
  }

  cudnnTensorDescriptor y() {
    return y;
  }

  /** {@code [1,K,1,1]}. */
  cudnnTensorDescriptor bias() {
    return bias;
  }

  cudnnConvolutionDescriptor convolution() {
    return convolution;
  }

  void close() {
    String what = "freeing a descriptor";
    cudnn.check(JCudnn.cudnnDestroyTensorDescriptorNative(x), what);
    cudnn.check(JCudnn.cudnnDestroyFilterDescriptorNative(w), what);
    cudnn.check(JCudnn.cudnnDestroyTensorDescriptorNative(y), what);
    cudnn.check(JCudnn.cudnnDestroyTensorDescriptorNative(bias), what);
    cudnn.check(JCudnn.cudnnDestroyConvolutionDescriptorNative(convolution), what);
  }
}

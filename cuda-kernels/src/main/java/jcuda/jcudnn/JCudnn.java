package jcuda.jcudnn;

import jcuda.LibUtils;
import jcuda.LibUtilsCuda;
import jcuda.Pointer;
import jcuda.runtime.cudaStream_t;

/**
 * Functions of cuDNN 9, under the names that JCuda's native library exports. They return a cuDNN
 * status, 0 for success, and never throw; what they mean and refuse is in NVIDIA's API reference.
 */
public final class JCudnn {
  /** Channels innermost. */
  public static final int CUDNN_TENSOR_NHWC = 1;

  /** Elements of 32-bit floating point. */
  public static final int CUDNN_DATA_FLOAT = 0;

  /** Elements of IEEE half precision. */
  public static final int CUDNN_DATA_HALF = 2;

  /** Elements of bfloat16. */
  public static final int CUDNN_DATA_BFLOAT16 = 9;

  /** Not mirrored: what networks call convolution. */
  public static final int CUDNN_CROSS_CORRELATION = 1;

  /** The library's choice; float32 may be rounded to TF32. */
  public static final int CUDNN_DEFAULT_MATH = 0;

  /** Tensor cores on operands of their own types. */
  public static final int CUDNN_TENSOR_OP_MATH = 1;

  /** No tensor cores: float32 stays float32. */
  public static final int CUDNN_FMA_MATH = 3;

  /** The larger of the value and 0. */
  public static final int CUDNN_ACTIVATION_RELU = 1;

  /** The value. */
  public static final int CUDNN_ACTIVATION_IDENTITY = 5;

  /** The only algorithm of a forward pass that identity may follow. */
  public static final int CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM = 1;

  static {
    LibUtilsCuda.loadLibrary(LibUtils.createPlatformLibraryName("JCudnn-12.6.0"));
  }

  private JCudnn() {}

  /** 10,000 · major + 100 · minor + patch. */
  public static native long cudnnGetVersionNative();

  /** The library's words for a status. */
  public static native String cudnnGetErrorStringNative(int status);

  /** Makes a handle for the current context. */
  public static native int cudnnCreateNative(cudnnHandle handle);

  /** Frees a handle. */
  public static native int cudnnDestroyNative(cudnnHandle handle);

  /** The stream for all further calls. */
  public static native int cudnnSetStreamNative(cudnnHandle handle, cudaStream_t stream);

  /** Makes a tensor descriptor. */
  public static native int cudnnCreateTensorDescriptorNative(cudnnTensorDescriptor descriptor);

  /** Frees a tensor descriptor. */
  public static native int cudnnDestroyTensorDescriptorNative(cudnnTensorDescriptor descriptor);

  /** Makes a filter descriptor. */
  public static native int cudnnCreateFilterDescriptorNative(cudnnFilterDescriptor descriptor);

  /** Frees a filter descriptor. */
  public static native int cudnnDestroyFilterDescriptorNative(cudnnFilterDescriptor descriptor);

  /** Makes a convolution descriptor. */
  public static native int cudnnCreateConvolutionDescriptorNative(
      cudnnConvolutionDescriptor descriptor);

  /** Frees a convolution descriptor. */
  public static native int cudnnDestroyConvolutionDescriptorNative(
      cudnnConvolutionDescriptor descriptor);

  /** Makes an activation descriptor. */
  public static native int cudnnCreateActivationDescriptorNative(
      cudnnActivationDescriptor descriptor);

  /** Frees an activation descriptor. */
  public static native int cudnnDestroyActivationDescriptorNative(
      cudnnActivationDescriptor descriptor);

  /** Describes a dense tensor. */
  public static native int cudnnSetTensor4dDescriptorNative(
      cudnnTensorDescriptor descriptor, int format, int type, int n, int c, int h, int w);

  /** Describes a dense filter. */
  public static native int cudnnSetFilter4dDescriptorNative(
      cudnnFilterDescriptor descriptor, int type, int format, int k, int c, int h, int w);

  /** Describes a convolution of one group with the default math type. */
  public static native int cudnnSetConvolution2dDescriptorNative(
      cudnnConvolutionDescriptor descriptor,
      int padH,
      int padW,
      int strideH,
      int strideW,
      int dilationH,
      int dilationW,
      int mode,
      int computeType);

  /** Sets the number of groups. */
  public static native int cudnnSetConvolutionGroupCountNative(
      cudnnConvolutionDescriptor descriptor, int groups);

  /** Sets the arithmetic. */
  public static native int cudnnSetConvolutionMathTypeNative(
      cudnnConvolutionDescriptor descriptor, int mathType);

  /** Describes an activation. */
  public static native int cudnnSetActivationDescriptorNative(
      cudnnActivationDescriptor descriptor, int mode, int nanPropagation, double coefficient);

  /** Algorithms by expected time. */
  public static native int cudnnGetConvolutionForwardAlgorithm_v7Native(
      cudnnHandle handle,
      cudnnTensorDescriptor x,
      cudnnFilterDescriptor w,
      cudnnConvolutionDescriptor convolution,
      cudnnTensorDescriptor y,
      int wanted,
      int[] returned,
      cudnnConvolutionFwdAlgoPerf[] results);

  /** Algorithms by expected time. */
  public static native int cudnnGetConvolutionBackwardDataAlgorithm_v7Native(
      cudnnHandle handle,
      cudnnFilterDescriptor w,
      cudnnTensorDescriptor dy,
      cudnnConvolutionDescriptor convolution,
      cudnnTensorDescriptor dx,
      int wanted,
      int[] returned,
      cudnnConvolutionBwdDataAlgoPerf[] results);

  /** Algorithms by expected time. */
  public static native int cudnnGetConvolutionBackwardFilterAlgorithm_v7Native(
      cudnnHandle handle,
      cudnnTensorDescriptor x,
      cudnnTensorDescriptor dy,
      cudnnConvolutionDescriptor convolution,
      cudnnFilterDescriptor dw,
      int wanted,
      int[] returned,
      cudnnConvolutionBwdFilterAlgoPerf[] results);

  /** Algorithms by measured time; overwrites y. */
  public static native int cudnnFindConvolutionForwardAlgorithmExNative(
      cudnnHandle handle,
      cudnnTensorDescriptor xDescriptor,
      Pointer x,
      cudnnFilterDescriptor wDescriptor,
      Pointer w,
      cudnnConvolutionDescriptor convolution,
      cudnnTensorDescriptor yDescriptor,
      Pointer y,
      int wanted,
      int[] returned,
      cudnnConvolutionFwdAlgoPerf[] results,
      Pointer workspace,
      long workspaceBytes);

  /** Algorithms by measured time; overwrites dx. */
  public static native int cudnnFindConvolutionBackwardDataAlgorithmExNative(
      cudnnHandle handle,
      cudnnFilterDescriptor wDescriptor,
      Pointer w,
      cudnnTensorDescriptor dyDescriptor,
      Pointer dy,
      cudnnConvolutionDescriptor convolution,
      cudnnTensorDescriptor dxDescriptor,
      Pointer dx,
      int wanted,
      int[] returned,
      cudnnConvolutionBwdDataAlgoPerf[] results,
      Pointer workspace,
      long workspaceBytes);

  /** Algorithms by measured time; overwrites dw. */
  public static native int cudnnFindConvolutionBackwardFilterAlgorithmExNative(
      cudnnHandle handle,
      cudnnTensorDescriptor xDescriptor,
      Pointer x,
      cudnnTensorDescriptor dyDescriptor,
      Pointer dy,
      cudnnConvolutionDescriptor convolution,
      cudnnFilterDescriptor dwDescriptor,
      Pointer dw,
      int wanted,
      int[] returned,
      cudnnConvolutionBwdFilterAlgoPerf[] results,
      Pointer workspace,
      long workspaceBytes);

  /** {@code y = alpha · conv(x, w) + beta · y}. */
  public static native int cudnnConvolutionForwardNative(
      cudnnHandle handle,
      Pointer alpha,
      cudnnTensorDescriptor xDescriptor,
      Pointer x,
      cudnnFilterDescriptor wDescriptor,
      Pointer w,
      cudnnConvolutionDescriptor convolution,
      int algorithm,
      Pointer workspace,
      long workspaceBytes,
      Pointer beta,
      cudnnTensorDescriptor yDescriptor,
      Pointer y);

  /** {@code y = act(alpha1 · conv(x, w) + alpha2 · z + bias)}. */
  public static native int cudnnConvolutionBiasActivationForwardNative(
      cudnnHandle handle,
      Pointer alpha1,
      cudnnTensorDescriptor xDescriptor,
      Pointer x,
      cudnnFilterDescriptor wDescriptor,
      Pointer w,
      cudnnConvolutionDescriptor convolution,
      int algorithm,
      Pointer workspace,
      long workspaceBytes,
      Pointer alpha2,
      cudnnTensorDescriptor zDescriptor,
      Pointer z,
      cudnnTensorDescriptor biasDescriptor,
      Pointer bias,
      cudnnActivationDescriptor activation,
      cudnnTensorDescriptor yDescriptor,
      Pointer y);

  /** {@code dx = alpha · gradient + beta · dx}. */
  public static native int cudnnConvolutionBackwardDataNative(
      cudnnHandle handle,
      Pointer alpha,
      cudnnFilterDescriptor wDescriptor,
      Pointer w,
      cudnnTensorDescriptor dyDescriptor,
      Pointer dy,
      cudnnConvolutionDescriptor convolution,
      int algorithm,
      Pointer workspace,
      long workspaceBytes,
      Pointer beta,
      cudnnTensorDescriptor dxDescriptor,
      Pointer dx);

  /** {@code dw = alpha · gradient + beta · dw}. */
  public static native int cudnnConvolutionBackwardFilterNative(
      cudnnHandle handle,
      Pointer alpha,
      cudnnTensorDescriptor xDescriptor,
      Pointer x,
      cudnnTensorDescriptor dyDescriptor,
      Pointer dy,
      cudnnConvolutionDescriptor convolution,
      int algorithm,
      Pointer workspace,
      long workspaceBytes,
      Pointer beta,
      cudnnFilterDescriptor dwDescriptor,
      Pointer dw);
}

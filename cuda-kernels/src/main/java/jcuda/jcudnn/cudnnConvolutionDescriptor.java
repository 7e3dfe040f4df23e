package jcuda.jcudnn;

import jcuda.NativePointerObject;

/** Padding, stride, dilation, groups and arithmetic of a convolution. */
public final class cudnnConvolutionDescriptor extends NativePointerObject {}

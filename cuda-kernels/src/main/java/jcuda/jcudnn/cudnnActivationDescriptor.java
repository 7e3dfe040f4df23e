package jcuda.jcudnn;

import jcuda.NativePointerObject;

/** The function that follows a convolution. */
public final class cudnnActivationDescriptor extends NativePointerObject {}

package jcuda.jcudnn;

import jcuda.NativePointerObject;

/** Format, type and extents of a tensor. */
public final class cudnnTensorDescriptor extends NativePointerObject {}

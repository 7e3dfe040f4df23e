package jcuda.jcudnn;

import jcuda.NativePointerObject;

/** Format, type and extents of a filter. */
public final class cudnnFilterDescriptor extends NativePointerObject {}

package jcuda.jcudnn;

import jcuda.NativePointerObject;

/** A cuDNN context of one device. */
public final class cudnnHandle extends NativePointerObject {}

/**
 * Dense arrays on devices, without gradients.
 *
 * <p>A {@link dev.maskrcnn.tensor.Tensor} is a row-major array of one {@link
 * dev.maskrcnn.tensor.shape.DType} on a {@link dev.maskrcnn.tensor.Device}. It has no strides; the
 * only view is a reshape of the whole. Images are {@code [N,H,W,C]}, convolution weights {@code
 * [O,kh,kw,I]}. Nothing broadcasts.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>{@link dev.maskrcnn.tensor.Device#dispatch} is the only way to run an op.
 *   <li>A result belongs to the {@link dev.maskrcnn.tensor.Frame} on top when it was made and is
 *       freed with it, unless it escapes, is promoted, or is shared.
 *   <li>A device and its tensors are used from one thread.
 *   <li>Random numbers come from {@link dev.maskrcnn.tensor.Philox}: functions of seed and offset.
 * </ul>
 *
 * <p>Read {@code Device} first, then {@code Frame}, then the catalogue in {@code tensor.op}. To add
 * an op: a record in its family, a kernel in {@code tensor.reference}, cases in the contract of the
 * test tree, then kernels of the other backends; tests name what is missing. To add a backend, see
 * {@code tensor.spi}.
 */
package dev.maskrcnn.tensor;

/**
 * What is known of a tensor without its data: {@link dev.maskrcnn.tensor.shape.Shape} and {@link
 * dev.maskrcnn.tensor.shape.DType}, together a {@link dev.maskrcnn.tensor.shape.Spec}, and the
 * errors of this module.
 *
 * <p>Invariants: immutable values; this package uses no other package of the project, all others
 * may use it.
 *
 * <p>Read {@code Spec} first.
 */
package dev.maskrcnn.tensor.shape;

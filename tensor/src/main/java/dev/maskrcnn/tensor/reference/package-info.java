/**
 * The reference backend: a kernel for every op, naive and right by inspection. It is the living
 * definition of the catalogue and what other backends are compared with; F64 exists for it and for
 * gradient checks.
 *
 * <p>Kernels work on plain arrays ({@code Operands}): inputs are read to {@code double[]}, computed
 * in double, and rounded once when stored. Decisions are the exception: where a comparison makes an
 * integer, steps are rounded to the type of the input ({@code Rounding}), so that float backends
 * agree exactly. The kernels themselves are checked against recordings of other systems.
 *
 * <p>Read {@code ReferenceKernels} first. To add an op, write a method of a few plain loops in the
 * class of its family and register it there.
 */
package dev.maskrcnn.tensor.reference;

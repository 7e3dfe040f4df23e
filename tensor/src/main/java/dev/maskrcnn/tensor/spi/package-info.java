/**
 * What a backend provides: a {@link dev.maskrcnn.tensor.spi.Backend} is memory plus a {@link
 * dev.maskrcnn.tensor.spi.KernelTable}, opened by a {@link dev.maskrcnn.tensor.spi.BackendProvider}
 * that {@link java.util.ServiceLoader} finds.
 *
 * <p>Invariants: a kernel gets checked inputs and allocated outputs, writes every element of every
 * output, changes no input except those that its op says it {@linkplain
 * dev.maskrcnn.tensor.op.Op#mutates() mutates}, and allocates no tensor. An op without a kernel is
 * recorded as absent with a reason.
 *
 * <p>To add a backend: implement {@code Backend} and {@code BackendProvider}, name the provider in
 * {@code META-INF/services}, and subclass {@code KernelContract} and {@code OperatorGoldens} of
 * this module's test jar. A host backend may {@linkplain
 * dev.maskrcnn.tensor.spi.KernelTable#inherit inherit} the reference kernels for what it has not
 * written yet.
 */
package dev.maskrcnn.tensor.spi;

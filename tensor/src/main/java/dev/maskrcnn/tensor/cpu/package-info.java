/**
 * The CPU backend. Convolutions and matrix products go through oneDNN (read {@link
 * dev.maskrcnn.tensor.cpu.OneDnn} first, then {@code ConvolutionOneDnn}); everything else is Java
 * on all cores ({@code Workers}), staged through heap arrays so that C2 vectorises it.
 *
 * <p>Invariants: nothing outside of this package compiles against oneDNN; results are the same bit
 * for bit whatever the scheduling; a kernel allocates no tensor. To add a kernel, write it in the
 * class of its op family and register it there; {@code CatalogueTest} names what is missing.
 */
package dev.maskrcnn.tensor.cpu;

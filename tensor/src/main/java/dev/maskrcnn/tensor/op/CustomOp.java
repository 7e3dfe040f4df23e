package dev.maskrcnn.tensor.op;

import java.util.List;

/**
 * An op of a program of its own, beside the catalogue: a record that brings its kernel. It runs on
 * devices that compute on the host ({@code cpu}, {@code reference}) as it is. A faster kernel, or
 * one for another device, is registered with {@code device.kernels().put(…)} and goes before.
 *
 * <p>For a derivative implement {@code dev.maskrcnn.autograd.DifferentiableOp}.
 */
public non-sealed interface CustomOp extends Op {
  /**
   * Computes the outputs. The device rounds them to the types that {@link #infer} gives.
   *
   * @param inputs the elements of each input, row by row, as the device holds them
   * @param outputs to be filled
   */
  void compute(List<double[]> inputs, List<double[]> outputs);
}

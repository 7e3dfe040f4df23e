/**
 * Measures what the system costs: each op at the sizes of Mask R-CNN with ResNet-50-FPN on an
 * 800×1344 image ({@link dev.maskrcnn.benchmarks.OpBenchmark} with JMH, {@link
 * dev.maskrcnn.benchmarks.KernelTable} with the clock of a GPU), one training step and one
 * detection pass, and plain main classes that the scripts in {@code peers} time against other
 * systems on the same work.
 *
 * <p>Invariants: every benchmark takes the device as a parameter, puts its inputs into the device's
 * root frame once and opens a frame per invocation, so that memory comes from the pool as in
 * training; it waits for the device before it returns.
 *
 * <p>Read {@link dev.maskrcnn.benchmarks.OpBenchmark} first. What is measured of an op stands with
 * its other cases in {@link dev.maskrcnn.tensor.contract.OpCases}; nothing is added here.
 */
package dev.maskrcnn.benchmarks;

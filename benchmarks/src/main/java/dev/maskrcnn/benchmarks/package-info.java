/**
 * Measures what the system costs: JMH benchmarks of each kernel at the sizes of Mask R-CNN with
 * ResNet-50-FPN on an 800×1344 image, of one training step and one detection pass, and plain main
 * classes that the scripts in {@code peers} time against other systems on the same work.
 *
 * <p>Invariants: every benchmark takes the device as the parameter {@code device}, puts its inputs
 * into the device's root frame once and opens a frame per invocation, so that memory comes from the
 * pool as in training; it waits for the device before it returns. Each class says with {@link
 * dev.maskrcnn.benchmarks.Measures} which ops it runs, and a test compares that with the kernels
 * that exist.
 *
 * <p>Read {@link dev.maskrcnn.benchmarks.MatMulBenchmark} first. To add a kernel, add a method to
 * the benchmark of its family and its op to the annotation of the class.
 */
package dev.maskrcnn.benchmarks;

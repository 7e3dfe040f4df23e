/**
 * One training step, recorded: every op with time, inputs and outputs, what the tape keeps of it,
 * what its derivative rule ran, statistics of values and gradients, and every block of memory with
 * its life. {@link dev.maskrcnn.autograd.trace.StepTracer} listens while the step runs; {@link
 * dev.maskrcnn.autograd.trace.StepTrace} is what it heard, plain data without tensors.
 *
 * <p>Invariants: a tracer changes nothing that it listens to; times are those of the kernels, so
 * what the tracer itself costs is not in them; without a tracer nothing is recorded and nothing is
 * paid. Read {@code StepTrace} first, then {@code StepTracer}; {@code TraceJson} and {@code
 * TraceText} print.
 */
package dev.maskrcnn.autograd.trace;

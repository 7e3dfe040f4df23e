/**
 * The one list of cases: for each op of the catalogue inputs on which all backends must agree with
 * the reference kernels, and the sizes at which the model runs it. It is part of the program
 * because {@code maskrcnn inspect op} and {@code inspect gradcheck} run the cases on the spot and
 * the module benchmarks measures the sizes; the test tree has, in the same package, {@code
 * KernelContract}, which runs every case of {@link dev.maskrcnn.tensor.contract.OpCases} on a
 * device and compares with the reference, and {@code OperatorGoldens}, which compares a device with
 * numbers that other systems computed. A backend subclasses both with a device of its own.
 *
 * <p>To add an op, add its cases to the class of its family: {@code collect} has those for backends
 * and gradients, {@code benchmarks} those to measure. The catalogue test names what lacks one.
 * Cases are deterministic and hold no accidental ties: their integer outputs are the same in float
 * and in double arithmetic, which a test checks. A case at a kink, where differences do not show
 * the derivative, says so.
 */
package dev.maskrcnn.tensor.contract;

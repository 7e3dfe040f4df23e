/**
 * What every backend has to do: for each op of the catalogue the inputs on which all backends must
 * agree with the reference kernels. They are part of the program because {@code maskrcnn inspect
 * op} runs them on the spot; the test tree has, in the same package, {@code KernelContract}, which
 * runs every case of {@link dev.maskrcnn.tensor.contract.OpCases} on a device and compares with the
 * reference, and {@code OperatorGoldens}, which compares a device with numbers that other systems
 * computed. A backend subclasses both with a device of its own.
 *
 * <p>To add an op, add its cases to the class of its family; the catalogue test names what lacks
 * one. Cases are deterministic and hold no accidental ties: their integer outputs are the same in
 * float and in double arithmetic, which a test checks.
 */
package dev.maskrcnn.tensor.contract;

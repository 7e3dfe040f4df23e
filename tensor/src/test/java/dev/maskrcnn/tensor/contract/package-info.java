/**
 * What every backend has to do, as tests to subclass. {@link
 * dev.maskrcnn.tensor.contract.KernelContract} runs every case of {@link
 * dev.maskrcnn.tensor.contract.OpCases} on a device and compares with the reference kernels; {@link
 * dev.maskrcnn.tensor.contract.OperatorGoldens} compares a device with numbers that other systems
 * computed. A backend subclasses both with a device of its own.
 *
 * <p>To add an op, add its cases to the class of its family; the catalogue test names what lacks
 * one. Cases are deterministic and hold no accidental ties: their integer outputs are the same in
 * float and in double arithmetic, which a test checks.
 */
package dev.maskrcnn.tensor.contract;

/**
 * The closed catalogue of operations. An {@link dev.maskrcnn.tensor.op.Op} is a record of its
 * attributes, without operands and without code to compute it: it infers the specs of its outputs,
 * prints itself, and serves as a key of caches. Families are sealed interfaces, so a test can
 * collect all ops and compare them with kernel tables, derivatives, contract cases and benchmarks.
 *
 * <p>What an op means is said by its Javadoc and, where that leaves a choice, by its kernel in
 * {@code tensor.reference}. Three rules hold throughout:
 *
 * <ul>
 *   <li>Output shapes depend on input shapes and attributes only. What is "as many as there are" is
 *       padded to a capacity and has a count beside it; indices and labels are padded with −1.
 *   <li>Outputs that are integers or flags are decided in the precision of the boxes or scores they
 *       come from, each step rounded, in the order of the formula of the Javadoc. In F32 all
 *       backends then decide alike, also at thresholds and ties; thresholds are rounded to that
 *       precision too.
 *   <li>Ties go to the lower index.
 * </ul>
 *
 * <p>Backward ops are ops like others; which derivative uses which is written in autograd. Read
 * {@code Op}, then {@code Convolution} for the style.
 */
package dev.maskrcnn.tensor.op;

/**
 * Reverse-mode differentiation. Read {@link dev.maskrcnn.autograd.Variable} (what computes), {@link
 * dev.maskrcnn.autograd.Tape} (what is remembered), {@code Derivatives} (all calculus, one line per
 * op), {@code BackwardPass} (what adds gradients up), in this order.
 *
 * <p>Invariants: the tape is data, an append-only list of records in order of execution; it keeps
 * exactly what the rules declare; rules return gradients and only the engine adds them; an op
 * either has a rule or a written reason why not. A test compares the table with the catalogue.
 *
 * <p>To make an op differentiable, add its rule to {@code Derivatives}. It is checked on the cases
 * of {@link dev.maskrcnn.tensor.contract.OpCases}; a test names an op that has none for it.
 *
 * <p>API: {@code Variable}, {@code Tape}, {@code Gradients}, {@code Autocast}, {@code Trainable},
 * {@code BackwardObserver}, {@code GradCheck}, {@code TapeDump}, {@code AutogradException}, and to
 * read a tape {@code Entry}, {@code Leaf}, {@code Node}, {@code NodeInput}, {@code Kept}, {@code
 * Slot}. The rest may change.
 */
package dev.maskrcnn.autograd;

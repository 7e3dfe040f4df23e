/**
 * Weights in files.
 *
 * <p>Purpose: carry models and training runs across processes, and weights across programs: the
 * names, shapes and element orders in files are those of maskrcnn-benchmark's state dict.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A file is complete or not there, and {@code last_checkpoint} always names a complete one.
 *   <li>Loading either fits entirely or changes nothing; what is tolerated (another number of
 *       classes) is named.
 *   <li>All errors are one line that names file and tensor.
 * </ul>
 *
 * <p>Read first: {@link dev.maskrcnn.detection.weights.Checkpoint}, then {@link
 * dev.maskrcnn.detection.weights.WeightFile}, which tells the forms apart: safetensors, PyTorch's
 * two, Detectron's and detectron2's pickles; {@link dev.maskrcnn.detection.weights.FamilyNames}
 * tells from the names whose detector it is, {@code FamilySettings} under which rules. A further
 * form becomes a reader that gives named host tensors; {@code WeightLoader} does the matching for
 * all. Pickles are read by {@code PickleReader}, which executes nothing.
 */
package dev.maskrcnn.detection.weights;

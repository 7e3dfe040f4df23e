/**
 * Whose Mask R-CNN it is: maskrcnn-benchmark's, torchvision's or detectron2's.
 *
 * <p>Purpose: {@link dev.maskrcnn.detection.family.Family} is the one value that knows in what the
 * families differ; {@link dev.maskrcnn.detection.family.Conventions} are the constants of the model
 * among it. The names of tensors are in the package of weights.
 *
 * <p>Invariant: nothing else asks which family it is; what differs is a property of the family. A
 * further family is a constant here, and a way to recognise its files in {@code FamilyNames}.
 */
package dev.maskrcnn.detection.family;

/**
 * Mask R-CNN and Faster R-CNN on ResNet-FPN bodies. Read {@link
 * dev.maskrcnn.detection.model.MaskRcnn} first: its {@code losses} and {@code detect} are the two
 * passes, stage by stage. {@link dev.maskrcnn.detection.model.ModelSettings} is what shapes a
 * model, {@link dev.maskrcnn.detection.model.Conventions} the constants in which the families of
 * Mask R-CNN differ.
 *
 * <p>Invariants: parameters carry the names of the original's state dict; where a type says {@code
 * Tensor} no gradient flows, where it says {@code Variable} it does; {@link
 * dev.maskrcnn.detection.model.Stages} sees every intermediate result, which is how the tests
 * compare whole steps with recorded ones. A new head is a module here plus a field in the settings.
 */
package dev.maskrcnn.detection.model;

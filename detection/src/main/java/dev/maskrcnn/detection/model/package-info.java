/**
 * Mask R-CNN and Faster R-CNN: backbone, pyramid, region proposal network, heads, losses and
 * detections. Read {@link dev.maskrcnn.detection.model.MaskRcnn} first: its {@code losses} and
 * {@code detect} are the two passes, stage by stage. {@link
 * dev.maskrcnn.detection.model.ModelSettings} is what shapes a model, {@link
 * dev.maskrcnn.detection.family.Conventions} the constants in which the families of Mask R-CNN
 * differ.
 *
 * <p>The region proposal network (Ren et al. 2015) is {@code RpnHead} with its parameters, {@code
 * AnchorPyramid}, {@code RpnTargets} for training and {@code ProposalSelector} for both modes.
 * Regions of interest are drawn for training by {@code RoiSampler} and pooled by {@code RoiPooler}.
 * The box ops themselves (IoU, matching, coding, NMS) are in the catalogue, {@link
 * dev.maskrcnn.tensor.op.Boxes}, so that they run on every device.
 *
 * <p>Invariants: parameters carry the names of the original's state dict; where a type says {@code
 * Tensor} no gradient flows, where it says {@code Variable} it does; {@link
 * dev.maskrcnn.detection.model.Stages} sees every intermediate result, which is how the tests
 * compare whole steps with recorded ones.
 *
 * <p>A new head is a module here, a case of {@code RoiFeatures} if it computes features of a new
 * kind, and a record of the settings. A new backbone needs no change: {@link
 * dev.maskrcnn.detection.model.Backbone} is open.
 *
 * <p>API: {@code MaskRcnn}, {@code ModelSettings} and what is in it, {@code Backbone}, {@code
 * BackboneProvider}, {@code Input}, {@code Targets}, {@code RpnTargets.Draw}, {@code Detections},
 * {@code Stages}. {@code DeviceDetections} serves other packages of this module.
 */
package dev.maskrcnn.detection.model;

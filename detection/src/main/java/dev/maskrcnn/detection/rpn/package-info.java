/**
 * The region proposal network (Ren et al. 2015) without its layers: anchors, targets, proposals.
 * Read {@link dev.maskrcnn.detection.rpn.RpnTargets} for training and {@link
 * dev.maskrcnn.detection.rpn.ProposalSelector} for what both modes share. Everything here works on
 * tensors and carries no gradient; the head with its parameters is in {@code model}.
 */
package dev.maskrcnn.detection.rpn;

package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.Tensor;

/**
 * A batch of images on a device.
 *
 * @param images {@code [N,H,W,3]} normalised and zero padded
 * @param sizes I32 {@code [N,2]}: (height, width) before padding
 */
public record Input(Tensor images, Tensor sizes) {}

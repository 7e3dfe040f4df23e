package dev.maskrcnn.detection.coco;

/** The file gives no outline for the object (datasets of boxes only). */
public record NoSegmentation() implements Segmentation {}

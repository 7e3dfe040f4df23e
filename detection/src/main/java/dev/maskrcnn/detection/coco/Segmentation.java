package dev.maskrcnn.detection.coco;

/** The outline of an object: polygons, run lengths, or nothing at all. */
public sealed interface Segmentation permits Polygons, RunLength, NoSegmentation {}

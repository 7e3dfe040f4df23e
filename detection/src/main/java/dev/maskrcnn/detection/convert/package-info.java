/**
 * Annotations of other tools made into COCO's format: labelme, VGG Image Annotator, Pascal VOC,
 * Cityscapes, YOLO, masks as images.
 *
 * <p>Invariants: the same input gives the same file, ids included: images are numbered from 1 in
 * the order of their names, objects in the order of the input, categories by name unless the format
 * has an order of its own; what is wrong with one shape is reported with file and number and leaves
 * out that shape only; the output appears whole or not at all.
 *
 * <p>Read {@link dev.maskrcnn.detection.convert.Conversion} first. A new format is one more {@link
 * dev.maskrcnn.detection.convert.Converter} in its list; the command line takes its options from
 * it.
 */
package dev.maskrcnn.detection.convert;

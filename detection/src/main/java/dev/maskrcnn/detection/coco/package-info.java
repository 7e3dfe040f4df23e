/**
 * COCO data: reading annotation files, masks as run lengths, and the result files.
 *
 * <p>Invariants: boxes are {@code xywh} in pixels unless a name says otherwise; a {@link
 * dev.maskrcnn.detection.coco.Rle} runs down the columns and starts with zeros, exactly as in
 * pycocotools; a dataset is immutable once loaded, and its labels are contiguous with 0 for the
 * background.
 *
 * <p>Read {@link dev.maskrcnn.detection.coco.CocoDataset} first, then {@link
 * dev.maskrcnn.detection.coco.Rle}. A further check of annotation files belongs in {@link
 * dev.maskrcnn.detection.coco.AnnotationDefects}; a further kind of mask is a new case of {@link
 * dev.maskrcnn.detection.coco.Segmentation}.
 */
package dev.maskrcnn.detection.coco;

/**
 * A small synthetic data set for instance segmentation, in COCO's format: coloured shapes that
 * overlap, on textured backgrounds. It needs no download, a small detector learns it from scratch
 * in minutes, and it holds the awkward cases of real annotation files (gaps in the category ids,
 * run lengths in both notations, crowds, objects in several parts, images without objects).
 *
 * <p>Invariants: image {@code i} and its annotations are a function of seed, size, split and {@code
 * i} alone; annotations are the visible part of the very geometry that is painted; a data set
 * folder is complete or absent.
 *
 * <p>Read {@link dev.maskrcnn.detection.shapes.ShapesDataset} first, then {@code SceneSampler}
 * (what is in an image), {@code ScenePainter} (pixels) and {@code SceneAnnotator} (masks). A new
 * class of objects is one more constant of {@code ShapeKind}; whatever changes the content must
 * raise the format number in {@code ShapesDataset}, so that stale folders are made anew.
 */
package dev.maskrcnn.detection.shapes;

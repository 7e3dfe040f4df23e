package dev.maskrcnn.detection.data;

/**
 * A sequence of annotated images: a COCO or VOC dataset, several in a row, or what a filter leaves
 * of them. Immutable, so safe to call from several threads.
 */
public interface SampleSource {
  /** Number of images. */
  int size();

  /** The image at an index from 0 to {@code size() - 1}. */
  ImageEntry image(int index);

  /**
   * The objects of an image, in original pixels, clipped to it, crowds and empty boxes left out; in
   * the order of the annotations.
   */
  GroundTruth targets(int index);
}

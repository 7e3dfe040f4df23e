package dev.maskrcnn.detection.coco;

import java.util.OptionalLong;

/** Where the reader of an annotation file puts what is wrong. */
@FunctionalInterface
interface ProblemSink {
  /**
   * Takes one problem; may throw to stop at the first.
   *
   * @param image the image concerned, if known
   * @param annotation the annotation concerned, if any
   * @param message what is wrong and what to do
   */
  void add(OptionalLong image, OptionalLong annotation, String message);

  /**
   * Takes a problem that reading has repaired, as {@link Repair} says; may ignore it.
   *
   * @param image the image concerned, if known
   * @param annotation the annotation concerned, if any
   * @param message what was wrong
   */
  default void repaired(
      Repair repair, OptionalLong image, OptionalLong annotation, String message) {
    add(image, annotation, message);
  }

  /** Takes a problem of the file as a whole. */
  default void add(String message) {
    add(OptionalLong.empty(), OptionalLong.empty(), message);
  }
}

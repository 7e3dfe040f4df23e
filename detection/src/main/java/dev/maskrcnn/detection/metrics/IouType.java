package dev.maskrcnn.detection.metrics;

/** What the overlap of a detection and an object is measured on. */
public enum IouType {
  BBOX,
  SEGM;

  /** The name in files and printed text: {@code bbox} or {@code segm}. */
  public String label() {
    return this == BBOX ? "bbox" : "segm";
  }
}

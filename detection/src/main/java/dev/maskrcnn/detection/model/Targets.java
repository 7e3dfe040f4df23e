package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Ground truth of a batch on a device, padded to the largest count of objects (at least one row).
 *
 * @param boxes {@code [N,G,4]} xyxy in network pixels
 * @param counts I32 {@code [N]}
 * @param labels I32 {@code [N,G]}, classes from 1
 * @param masks outlines, or bitmaps, of the instances; row {@code n·G + g} belongs to object g of
 *     image n
 */
public record Targets(Tensor boxes, Tensor counts, Tensor labels, MaskTruth masks) {

  /** Ground-truth masks in one of the two forms. */
  public sealed interface MaskTruth permits Outlines, Bitmaps, NoMasks {}

  /**
   * Polygons: {@code coords} (x, y, …), {@code parts} I32 offsets into coords, {@code ranges} I32
   * offsets into parts, one range per row.
   */
  public record Outlines(Tensor coords, Tensor parts, Tensor ranges) implements MaskTruth {}

  /** Full-size bitmaps {@code [N·G,H,W,1]} of zeros and ones. */
  public record Bitmaps(Tensor images) implements MaskTruth {}

  /** A data set without masks. */
  public record NoMasks() implements MaskTruth {}

  /**
   * One image's objects on the host.
   *
   * @param boxes 4 numbers per object
   * @param labels class per object, from 1
   * @param outlines per object, its polygons (x, y, …)
   */
  public record ImageTruth(float[] boxes, int[] labels, List<List<float[]>> outlines) {
    public ImageTruth {
      if (boxes.length != 4 * labels.length || outlines.size() != labels.length) {
        throw new IllegalArgumentException(
            "truth: "
                + labels.length
                + " labels, "
                + boxes.length
                + " box numbers, "
                + outlines.size()
                + " outlines");
      }
    }
  }

  /** Uploads the truth of a batch into the current frame. */
  public static Targets upload(Device device, List<ImageTruth> images) {
    int n = images.size();
    int g = 1;
    for (ImageTruth t : images) {
      g = Math.max(g, t.labels().length);
    }
    g = capacity(device, g, 16);
    float[] boxes = new float[n * g * 4];
    int[] labels = new int[n * g];
    int[] counts = new int[n];
    for (int i = 0; i < n; i++) {
      ImageTruth t = images.get(i);
      counts[i] = t.labels().length;
      System.arraycopy(t.boxes(), 0, boxes, i * g * 4, t.boxes().length);
      System.arraycopy(t.labels(), 0, labels, i * g, counts[i]);
    }
    return new Targets(
        device.of(Shape.of(n, g, 4), boxes),
        device.of(Shape.of(n), counts),
        device.of(Shape.of(n, g), labels),
        outlines(device, images, g));
  }

  /**
   * Room for a number of things: where nobody reads counts back, few different sizes, so that
   * captured passes fit many batches.
   */
  private static int capacity(Device device, int count, int least) {
    return device.readsAreFree()
        ? count
        : Math.max(least, Integer.highestOneBit(Math.max(count - 1, 1)) << 1);
  }

  private static Outlines outlines(Device device, List<ImageTruth> images, int rows) {
    List<float[]> parts = new ArrayList<>();
    int[] ranges = new int[images.size() * rows + 1];
    for (int i = 0; i < images.size(); i++) {
      for (int k = 0; k < rows; k++) {
        List<List<float[]>> outlines = images.get(i).outlines();
        if (k < outlines.size()) {
          parts.addAll(outlines.get(k));
        }
        ranges[i * rows + k + 1] = parts.size();
      }
    }
    int[] offsets = new int[capacity(device, parts.size(), 64) + 1];
    for (int p = 0; p < parts.size(); p++) {
      offsets[p + 1] = offsets[p] + parts.get(p).length;
    }
    Arrays.fill(offsets, parts.size() + 1, offsets.length, offsets[parts.size()]);
    float[] coords = new float[capacity(device, offsets[parts.size()], 4096)];
    for (int p = 0; p < parts.size(); p++) {
      System.arraycopy(parts.get(p), 0, coords, offsets[p], parts.get(p).length);
    }
    return new Outlines(
        device.of(Shape.of(coords.length), coords),
        device.of(Shape.of(offsets.length), offsets),
        device.of(Shape.of(ranges.length), ranges));
  }

  /** Number of rows per image, padding included. */
  public int rows() {
    return labels.shape().dim(1);
  }

  /** Labels of ones: every object is foreground to the RPN. */
  public Tensor foreground() {
    return labels.device().filled(labels.spec(), 1);
  }

  /** Element type of the boxes. */
  public DType dtype() {
    return boxes.spec().dtype();
  }
}

package dev.maskrcnn.detection.predict;

import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Detections in network pixels to records in original pixels, as the original's COCO evaluation
 * makes them: boxes are multiplied per axis by old over new size, {@code w = x2 - x1 + 1} where
 * corners are inclusive, mask probabilities are pasted at the original size and cut off.
 */
final class DetectionPaster {
  /** Pasted masks are as large as the image; this many bytes of them exist at a time. */
  private static final long CHUNK_BYTES = 32L << 20;

  /**
   * How to convert.
   *
   * @param boxOffset 1 where box corners are inclusive, 0 where they are continuous
   * @param maskThreshold a pixel belongs to the object above this probability
   * @param minimumScore detections below are left out
   * @param continuous masks are sampled at pixel centres; a threshold then belongs to the object
   */
  record Settings(
      double boxOffset, double maskThreshold, double minimumScore, boolean continuous) {}

  /**
   * The image that detections belong to.
   *
   * @param id for the records
   * @param network its size in the network, without padding
   * @param original its size
   */
  record Image(long id, ImageSize network, ImageSize original) {}

  private final Device device;
  private final Settings settings;

  DetectionPaster(Device device, Settings settings) {
    this.device = device;
    this.settings = settings;
  }

  /**
   * The records of an image in the order of the detections.
   *
   * @param categoryOf category id of a label
   */
  List<DetectionRecord> records(Image image, Detections found, IntUnaryOperator categoryOf) {
    int[] kept = kept(found);
    float[] boxes = boxes(image, found, kept);
    List<Optional<Rle>> masks = masks(image, found, kept, boxes);
    List<DetectionRecord> out = new ArrayList<>(kept.length);
    float offset = (float) settings.boxOffset;
    for (int k = 0; k < kept.length; k++) {
      float x = boxes[4 * k];
      float y = boxes[4 * k + 1];
      double[] xywh = {x, y, boxes[4 * k + 2] - x + offset, boxes[4 * k + 3] - y + offset};
      out.add(
          new DetectionRecord(
              image.id,
              categoryOf.applyAsInt(found.labels()[kept[k]]),
              xywh,
              masks.get(k),
              found.scores()[kept[k]]));
    }
    return out;
  }

  /** Which detections {@link #records} gives. */
  int[] kept(Detections found) {
    return IntStream.range(0, found.count())
        .filter(i -> found.scores()[i] >= settings.minimumScore)
        .toArray();
  }

  /** {@code xyxy} in original pixels, float32 as the original computes it. */
  static float[] boxes(Image image, Detections found, int[] kept) {
    float x = (float) ((double) image.original.width() / image.network.width());
    float y = (float) ((double) image.original.height() / image.network.height());
    float[] out = new float[4 * kept.length];
    for (int k = 0; k < kept.length; k++) {
      for (int c = 0; c < 4; c++) {
        out[4 * k + c] = found.boxes()[4 * kept[k] + c] * (c % 2 == 0 ? x : y);
      }
    }
    return out;
  }

  private List<Optional<Rle>> masks(Image image, Detections found, int[] kept, float[] boxes) {
    List<Optional<Rle>> out = new ArrayList<>(kept.length);
    if (found.masks().length == 0) {
      IntStream.range(0, kept.length).forEach(k -> out.add(Optional.empty()));
      return out;
    }
    if (settings.continuous) {
      ContinuousPaste paste =
          new ContinuousPaste(image.original, found.maskSize(), settings.maskThreshold);
      float[] own = masksOf(found, kept, 0, kept.length);
      return IntStream.range(0, kept.length)
          .parallel()
          .mapToObj(k -> Optional.of(paste.paste(own, boxes, k)))
          .toList();
    }
    long pixels = (long) image.original.width() * image.original.height();
    int chunk = (int) Math.max(1, CHUNK_BYTES / pixels);
    for (int from = 0; from < kept.length; from += chunk) {
      int to = Math.min(kept.length, from + chunk);
      float[] masks = masksOf(found, kept, from, to);
      float[] part = Arrays.copyOfRange(boxes, 4 * from, 4 * to);
      paste(image.original, found.maskSize(), masks, part).forEach(m -> out.add(Optional.of(m)));
    }
    return out;
  }

  private static float[] masksOf(Detections found, int[] kept, int from, int to) {
    int area = found.maskSize() * found.maskSize();
    float[] masks = new float[(to - from) * area];
    for (int k = from; k < to; k++) {
      System.arraycopy(found.masks(), kept[k] * area, masks, (k - from) * area, area);
    }
    return masks;
  }

  private List<Rle> paste(ImageSize size, int side, float[] masks, float[] boxes) {
    int count = boxes.length / 4;
    byte[] pasted;
    try (Frame frame = device.push("paste masks")) {
      MaskPaste op = new MaskPaste(size.height(), size.width(), settings.maskThreshold, 1);
      Tensor m = device.of(Shape.of(count, side, side), masks);
      Tensor b = device.of(Shape.of(count, 4), boxes);
      pasted = device.dispatch(op, List.of(m, b)).get(0).toBytes();
    }
    return IntStream.range(0, count)
        .parallel()
        .mapToObj(k -> encode(size, pasted, k, window(size, side, boxes, k)))
        .toList();
  }

  /** What a pasted mask can reach: its box, grown by the padding of the mask, and a pixel more. */
  private static Rle.Window window(ImageSize size, int side, float[] boxes, int k) {
    double growth = 0.5 * (side + 2) / side;
    int[] low = new int[2];
    int[] high = new int[2];
    for (int axis = 0; axis < 2; axis++) {
      double a = boxes[4 * k + axis];
      double b = boxes[4 * k + axis + 2];
      double half = Math.abs(b - a) * growth;
      int most = axis == 0 ? size.width() : size.height();
      low[axis] = (int) Math.min(most, Math.max(0, Math.floor((a + b) / 2 - half) - 1));
      high[axis] = (int) Math.min(most, Math.max(low[axis], Math.ceil((a + b) / 2 + half) + 2));
    }
    return new Rle.Window(low[0], low[1], high[0] - low[0], high[1] - low[1]);
  }

  private static Rle encode(ImageSize size, byte[] pasted, int k, Rle.Window window) {
    byte[] part = new byte[window.width() * window.height()];
    int start = k * size.width() * size.height();
    for (int y = 0; y < window.height(); y++) {
      int row = start + (window.y() + y) * size.width() + window.x();
      System.arraycopy(pasted, row, part, y * window.width(), window.width());
    }
    return Rle.encodeWindow(part, window, size.height(), size.width());
  }
}

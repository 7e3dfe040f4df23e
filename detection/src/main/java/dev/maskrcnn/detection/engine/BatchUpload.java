package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.data.GroundTruth;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.PolygonSet;
import dev.maskrcnn.detection.data.Sample;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.detection.model.Targets;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** Host batches to tensors in the device's current frame. */
public final class BatchUpload {
  private BatchUpload() {}

  /** The images. */
  public static Input images(Device device, ImageBatch batch) {
    return imagesAhead(device, batch).get();
  }

  /**
   * Uploads the images: those that the device is to resize and normalise as they were decoded.
   *
   * @return makes the input, once the copies have arrived
   */
  public static Supplier<Input> imagesAhead(Device device, ImageBatch batch) {
    Tensor sizes = device.of(Shape.of(batch.count(), 2), batch.imageSizes());
    Shape shape = Shape.of(batch.count(), batch.size().height(), batch.size().width(), 3);
    if (batch.planned().isEmpty()) {
      Input input = new Input(device.of(shape, batch.pixels()), sizes);
      return () -> input;
    }
    DeviceImages images = DeviceImages.upload(device, batch);
    return () -> new Input(images.prepare(shape), sizes);
  }

  /** The objects of all images. */
  public static Targets targets(Device device, ImageBatch batch) {
    return targets(device, batch.samples().stream().map(Sample::targets).toList());
  }

  /** The objects of all images. */
  public static Targets targets(Device device, List<GroundTruth> images) {
    int n = images.size();
    int most = images.stream().mapToInt(GroundTruth::count).max().orElse(0);
    int rows = room(device, Math.max(most, 1), 16);
    float[] boxes = new float[n * rows * 4];
    int[] labels = new int[n * rows];
    int[] counts = new int[n];
    for (int i = 0; i < n; i++) {
      GroundTruth truth = images.get(i);
      counts[i] = truth.count();
      System.arraycopy(truth.boxes(), 0, boxes, i * rows * 4, 4 * counts[i]);
      System.arraycopy(truth.labels(), 0, labels, i * rows, counts[i]);
    }
    return new Targets(
        device.of(Shape.of(n, rows, 4), boxes),
        device.of(Shape.of(n), counts),
        device.of(Shape.of(n, rows), labels),
        outlines(device, images, rows));
  }

  /** The polygons of all images in one row; ranges are counted first, then summed up. */
  private static Targets.Outlines outlines(Device device, List<GroundTruth> images, int rows) {
    int parts = images.stream().mapToInt(t -> t.polygons().count()).sum();
    int numbers = images.stream().mapToInt(t -> t.polygons().coords().length).sum();
    float[] coords = new float[room(device, numbers, 4096)];
    int[] offsets = new int[room(device, parts, 64) + 1];
    int[] ranges = new int[images.size() * rows + 1];
    int part = 0;
    int from = 0;
    for (int i = 0; i < images.size(); i++) {
      PolygonSet polygons = images.get(i).polygons();
      System.arraycopy(polygons.coords(), 0, coords, from, polygons.coords().length);
      for (int p = 0; p < polygons.count(); p++) {
        offsets[++part] = from + polygons.offsets()[p + 1];
        ranges[i * rows + polygons.instance()[p] + 1]++;
      }
      from += polygons.coords().length;
    }
    Arrays.fill(offsets, parts + 1, offsets.length, numbers);
    Arrays.parallelPrefix(ranges, Integer::sum);
    return new Targets.Outlines(
        device.of(Shape.of(coords.length), coords),
        device.of(Shape.of(offsets.length), offsets),
        device.of(Shape.of(ranges.length), ranges));
  }

  /**
   * Room for a number of things. Where reading counts back is not free, there are few different
   * sizes, so that captured passes fit many batches.
   */
  private static int room(Device device, int count, int least) {
    return device.readsAreFree()
        ? count
        : Math.max(least, Integer.highestOneBit(Math.max(count - 1, 1)) << 1);
  }
}

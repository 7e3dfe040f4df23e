package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.PolygonSet;
import dev.maskrcnn.detection.data.Sample;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.detection.model.Targets;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
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

  /** The objects. */
  public static Targets targets(Device device, ImageBatch batch) {
    List<Targets.ImageTruth> truth = new ArrayList<>();
    for (Sample sample : batch.samples()) {
      truth.add(truth(sample.targets()));
    }
    return Targets.upload(device, truth);
  }

  private static Targets.ImageTruth truth(dev.maskrcnn.detection.data.Targets objects) {
    List<List<float[]>> outlines = new ArrayList<>(objects.count());
    for (int i = 0; i < objects.count(); i++) {
      outlines.add(new ArrayList<>(1));
    }
    PolygonSet polygons = objects.polygons();
    for (int p = 0; p < polygons.count(); p++) {
      int from = polygons.offsets()[p];
      int to = polygons.offsets()[p + 1];
      outlines.get(polygons.instance()[p]).add(Arrays.copyOfRange(polygons.coords(), from, to));
    }
    return new Targets.ImageTruth(objects.boxes(), objects.labels(), outlines);
  }
}

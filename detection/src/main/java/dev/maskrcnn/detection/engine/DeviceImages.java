package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.PixelNormalization;
import dev.maskrcnn.detection.data.Sample;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.PlannedImage;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.ImagePlacement;
import dev.maskrcnn.tensor.op.ImagePlacement.Colors;
import dev.maskrcnn.tensor.op.ImagePlacement.Place;
import dev.maskrcnn.tensor.op.ImagePlacement.Resampling;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.List;

/** Decoded images on a device, which resizes, flips, normalises and pads them. */
final class DeviceImages {
  /** An image as it was decoded, U8 {@code [h,w,3]}, and what is to become of it. */
  private record Decoded(Tensor pixels, PlannedImage plan) {
    Resampling resampling() {
      return switch (plan.resampling()) {
        case PILLOW -> Resampling.PILLOW;
        case TENSOR_BYTES -> Resampling.HALF_PIXEL_BYTES;
        // Bytes that keep their size stay bytes, which are normalised by another formula.
        case TENSOR_FLOATS ->
            plan.size().equals(ImageSize.of(plan.original()))
                ? Resampling.HALF_PIXEL_BYTES
                : Resampling.HALF_PIXEL;
      };
    }

    Place place(int image) {
      return new Place(image, plan.height(), plan.width(), plan.reversed());
    }
  }

  private final Device device;
  private final Colors colors;
  private final List<Decoded> images;

  private DeviceImages(Device device, Colors colors, List<Decoded> images) {
    this.device = device;
    this.colors = colors;
    this.images = images;
  }

  /** Uploads the images of a planned batch into the current frame. */
  static DeviceImages upload(Device device, ImageBatch batch) {
    PixelNormalization n = batch.planned().orElseThrow();
    List<Decoded> images = new ArrayList<>();
    for (Sample sample : batch.samples()) {
      PlannedImage plan = (PlannedImage) sample.pixels();
      Shape shape = Shape.of(plan.original().height(), plan.original().width(), 3);
      images.add(new Decoded(device.of(shape, plan.original().pixels()), plan));
    }
    return new DeviceImages(device, new Colors(n.mean(), n.std(), n.toBgr255()), images);
  }

  /**
   * Makes the network's input and frees the images.
   *
   * @param shape {@code [n,H,W,3]} of the batch
   */
  Tensor prepare(Shape shape) {
    Tensor batch = device.empty(new Spec(shape, DType.F32));
    for (int i = 0; i < images.size(); i++) {
      Decoded image = images.get(i);
      device.prepare(
          image.pixels, batch, new ImagePlacement(image.resampling(), colors, image.place(i)));
      image.pixels.close();
    }
    return batch;
  }
}

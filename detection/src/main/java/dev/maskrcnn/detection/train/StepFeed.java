package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.detection.model.Targets;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Spec;
import dev.maskrcnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything that differs from one training step to the next, on the device.
 *
 * @param group I32 {@code [1]}: the iteration, which chooses the random numbers
 */
record StepFeed(Input input, Targets truth, Tensor group) {

  /** Uploads a batch into the current frame. */
  static StepFeed upload(Device device, ImageBatch batch, int iteration) {
    return new StepFeed(
        BatchUpload.images(device, batch),
        BatchUpload.targets(device, batch),
        device.of(Shape.of(1), iteration));
  }

  /**
   * Uploads the batches of a run.
   *
   * @param first iteration of the first batch
   */
  static UploadedBatches.Uploader<ImageBatch, StepFeed> uploader(Device device, int first) {
    return (batch, number) -> {
      StepFeed feed = upload(device, batch, first + number);
      return () -> feed;
    };
  }

  private List<Tensor> tensors() {
    List<Tensor> all = new ArrayList<>(List.of(input.images(), input.sizes(), group));
    all.addAll(List.of(truth.boxes(), truth.counts(), truth.labels()));
    if (truth.masks() instanceof Targets.Outlines o) {
      all.addAll(List.of(o.coords(), o.parts(), o.ranges()));
    } else if (truth.masks() instanceof Targets.Bitmaps b) {
      all.add(b.images());
    }
    return all;
  }

  /** What two feeds must agree in to be computed by the same captured pass. */
  List<Spec> shapes() {
    return tensors().stream().map(Tensor::spec).toList();
  }

  /** A feed of the same shapes that lasts; its content is undefined. */
  StepFeed lasting() {
    Targets.MaskTruth masks = truth.masks();
    if (masks instanceof Targets.Outlines o) {
      masks = new Targets.Outlines(lasting(o.coords()), lasting(o.parts()), lasting(o.ranges()));
    } else if (masks instanceof Targets.Bitmaps b) {
      masks = new Targets.Bitmaps(lasting(b.images()));
    }
    return new StepFeed(
        new Input(lasting(input.images()), lasting(input.sizes())),
        new Targets(
            lasting(truth.boxes()), lasting(truth.counts()), lasting(truth.labels()), masks),
        lasting(group));
  }

  private static Tensor lasting(Tensor t) {
    return t.device().empty(t.spec()).promote();
  }

  /** Takes over the content of another feed of the same shapes, on the device. */
  void copyFrom(StepFeed other) {
    List<Tensor> from = other.tensors();
    List<Tensor> to = tensors();
    for (int i = 0; i < to.size(); i++) {
      to.get(i).copyFrom(from.get(i));
    }
  }

  /** Frees a feed that lasts. */
  void close() {
    tensors().forEach(Tensor::close);
  }
}

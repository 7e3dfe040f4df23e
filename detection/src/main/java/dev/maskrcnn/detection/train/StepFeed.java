package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.engine.PassGraphs;
import dev.maskrcnn.detection.engine.UploadedBatches;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.detection.model.Targets;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Everything that differs from one training step to the next, on the device.
 *
 * @param group I32 {@code [1]}: the iteration, which chooses the random numbers
 */
public record StepFeed(Input input, Targets truth, Tensor group)
    implements PassGraphs.Feed<StepFeed> {

  /** Uploads a batch into the current frame. */
  public static StepFeed upload(Device device, ImageBatch batch, int iteration) {
    return ahead(device, batch, iteration).get();
  }

  private static Supplier<StepFeed> ahead(Device device, ImageBatch batch, int iteration) {
    Supplier<Input> images = BatchUpload.imagesAhead(device, batch);
    Targets truth = BatchUpload.targets(device, batch);
    Tensor group = device.of(Shape.of(1), iteration);
    return () -> new StepFeed(images.get(), truth, group);
  }

  /**
   * Uploads the batches of a run.
   *
   * @param first iteration of the first batch
   */
  public static UploadedBatches.Uploader<ImageBatch, StepFeed> uploader(Device device, int first) {
    return (batch, number) -> ahead(device, batch, first + number);
  }

  @Override
  public List<Tensor> tensors() {
    List<Tensor> all = new ArrayList<>(List.of(input.images(), input.sizes(), group));
    all.addAll(List.of(truth.boxes(), truth.counts(), truth.labels()));
    if (truth.masks() instanceof Targets.Outlines o) {
      all.addAll(List.of(o.coords(), o.parts(), o.ranges()));
    } else if (truth.masks() instanceof Targets.Bitmaps b) {
      all.add(b.images());
    }
    return all;
  }

  @Override
  public StepFeed map(UnaryOperator<Tensor> f) {
    Targets.MaskTruth masks = truth.masks();
    if (masks instanceof Targets.Outlines o) {
      masks = new Targets.Outlines(f.apply(o.coords()), f.apply(o.parts()), f.apply(o.ranges()));
    } else if (masks instanceof Targets.Bitmaps b) {
      masks = new Targets.Bitmaps(f.apply(b.images()));
    }
    return new StepFeed(
        new Input(f.apply(input.images()), f.apply(input.sizes())),
        new Targets(
            f.apply(truth.boxes()), f.apply(truth.counts()), f.apply(truth.labels()), masks),
        f.apply(group));
  }
}

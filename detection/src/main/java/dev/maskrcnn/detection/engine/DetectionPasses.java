package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.detection.model.DeviceDetections;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.detection.model.MaskRcnn;
import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The inference passes of a model. Where the device captures graphs, those of batches whose shapes
 * come again are launched as one; detections are copied to the host behind the launch. The weights
 * must not change while there are graphs: products of weights are computed before a capture.
 */
public final class DetectionPasses implements AutoCloseable {
  private final MaskRcnn model;
  private final PassGraphs<Images, DeviceDetections> graphs;

  /**
   * @param warn is told, in one line, of what could not be captured
   */
  public DetectionPasses(MaskRcnn model, PassGraphs.Limits limits, Consumer<String> warn) {
    this.model = model;
    boolean captures = model.device().captures() && !waits(model);
    this.graphs =
        new PassGraphs<Images, DeviceDetections>(
            model.device(),
            new PassGraphs.Kind<Images, DeviceDetections>(
                "An inference pass", images -> model.find(images.input, Stages.NONE)),
            captures ? limits : PassGraphs.Limits.noGraphs(),
            warn);
  }

  /** Whether a pass waits for its device on the way, so that it cannot be captured. */
  public static boolean waits(MaskRcnn model) {
    return model.settings().heads().filter(h -> h.detections().mirrored()).isPresent();
  }

  private record Images(Input input) implements PassGraphs.Feed<Images> {
    @Override
    public List<Tensor> tensors() {
      return List.of(input.images(), input.sizes());
    }

    @Override
    public Images map(UnaryOperator<Tensor> change) {
      return new Images(new Input(change.apply(input.images()), change.apply(input.sizes())));
    }
  }

  /** Finds objects; one result per image, in order. */
  public List<Detections> detect(ImageBatch batch) {
    Device device = model.device();
    try (Frame frame = device.push("batch")) {
      return detect(BatchUpload.images(device, batch));
    }
  }

  /** Finds objects in images on the device. */
  public List<Detections> detect(Input input) {
    Optional<DeviceDetections> launched = graphs.launch(new Images(input));
    return launched.isPresent()
        ? launched.get().toHost()
        : graphs.beside(() -> model.detect(input, Stages.NONE));
  }

  /** How many graphs are kept at present. */
  public int graphs() {
    return graphs.count();
  }

  /** How many batches were launched as graphs so far. */
  public int launched() {
    return graphs.launched();
  }

  /** Frees the graphs, before weights change or when a run of batches is over. */
  @Override
  public void close() {
    graphs.close();
  }
}

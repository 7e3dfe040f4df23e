package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.tensor.AnomalyDetector;
import dev.maskrcnn.tensor.AnomalyException;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Storage;
import dev.maskrcnn.tensor.Tensor;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Watches the steps of a run for the first value that is not finite ({@code --detect-anomaly}), and
 * tells of which op, module, parameter and images.
 */
final class AnomalyWatch {
  private final Device device;
  private final Map<Storage, String> parameters = new IdentityHashMap<>();
  private final Map<Storage, String> inputs = new IdentityHashMap<>();
  private final AnomalyDetector detector = new AnomalyDetector(this::name);

  /**
   * @throws RunException if values that are not finite are part of the plan, or ops do not run one
   *     by one
   */
  AnomalyWatch(TrainingLoop.Subject subject) {
    this.device = subject.session().device();
    if (subject.optimizer().scaler().scaling().isDynamic()) {
      throw new RunException(
          "--detect-anomaly: the loss scale of DTYPE float16 looks for gradients that overflow;"
              + " hunt with DTYPE float32 or bfloat16");
    }
    if (device.captures()) {
      throw new RunException(
          "--detect-anomaly: reads back after every op, which a CUDA graph cannot; hunt with"
              + " --cuda-graphs off");
    }
    subject
        .session()
        .model()
        .state()
        .entries()
        .forEach((name, p) -> parameters.put(p.tensor().storage(), name));
  }

  private Optional<String> name(Storage storage) {
    return Optional.ofNullable(parameters.getOrDefault(storage, inputs.get(storage)));
  }

  /**
   * Runs a step under watch.
   *
   * @throws RunException at the first op whose result is not finite
   */
  <T> T step(ImageBatch batch, int iteration, Supplier<T> step) {
    device.listen(detector);
    try {
      return step.get();
    } catch (AnomalyException e) {
      String images =
          batch.samples().stream()
              .map(s -> s.entry().file().getFileName().toString())
              .collect(Collectors.joining(", "));
      throw new RunException(
          "iteration %d on %s: %s".formatted(iteration, images, e.getMessage()), e);
    } finally {
      device.unlisten(detector);
      inputs.clear();
    }
  }

  /** What the step is given, by name. */
  void inputs(StepFeed feed) {
    Map<String, Tensor> named = new HashMap<>();
    named.put("images", feed.input().images());
    named.put("boxes of the annotations", feed.truth().boxes());
    named.forEach((name, tensor) -> inputs.put(tensor.storage(), name));
  }
}

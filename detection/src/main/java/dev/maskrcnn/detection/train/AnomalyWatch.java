package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.UploadedBatches;
import dev.maskrcnn.tensor.AnomalyDetector;
import dev.maskrcnn.tensor.AnomalyException;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.OpListener;
import dev.maskrcnn.tensor.Storage;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Watches the steps of a run for the first value that is not finite ({@code --detect-anomaly}), and
 * says in which op, module, parameter and images it came up.
 */
final class AnomalyWatch implements TrainingListener, OpListener {
  private final Device device;
  private final Map<Storage, String> parameters = new IdentityHashMap<>();
  private final Map<Storage, String> inputs = new IdentityHashMap<>();
  private final AnomalyDetector detector = new AnomalyDetector(this::name);
  private String step = "";

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

  @Override
  public void beforeIteration(int iteration, UploadedBatches.Batch<ImageBatch, StepFeed> batch) {
    step = "iteration %s on %s".formatted(iteration, String.join(", ", batch.host().fileNames()));
    inputs.put(batch.tensors().input().images().storage(), "images");
    inputs.put(batch.tensors().truth().boxes().storage(), "boxes of the annotations");
    device.listen(this);
  }

  @Override
  public void afterIteration(int iteration) {
    device.unlisten(this);
    inputs.clear();
  }

  /**
   * Looks at what an op computed.
   *
   * @throws RunException if it is not finite
   */
  @Override
  public void ran(Op op, List<Tensor> in, List<Tensor> out, long nanos, String path) {
    try {
      detector.ran(op, in, out, nanos, path);
    } catch (AnomalyException e) {
      device.unlisten(this);
      throw new RunException(step + ": " + e.getMessage(), e);
    }
  }
}

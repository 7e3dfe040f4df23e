package dev.maskrcnn.detection.weights;

import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.StateDict;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.io.HostTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Saves weights and training state as maskrcnn-benchmark does, so that it goes on from there:
 * {@code model}, {@code optimizer}, {@code iteration}, under the original's names.
 */
public final class TorchCheckpoint {
  private TorchCheckpoint() {}

  /** The weights alone: {@code {"model": state dict}}. */
  public static void save(Path file, Map<String, HostTensor> tensors) {
    TorchWriter.write(file, Map.of("model", tensors));
  }

  /**
   * Weights, momentum and iteration.
   *
   * @param solver settings of the optimiser
   * @throws dev.maskrcnn.tensor.io.TensorFileException if it cannot be written
   */
  public static void save(
      Path file, StateDict weights, Sgd optimizer, Sgd.Settings solver, int iteration) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("model", model(weights));
    root.put("optimizer", optimizer(weights, optimizer, solver));
    root.put("iteration", (long) iteration);
    TorchWriter.write(file, root);
  }

  private static Map<String, HostTensor> model(StateDict weights) {
    Map<String, HostTensor> out = new LinkedHashMap<>();
    weights.entries().forEach((name, p) -> out.put(name, tensor(p, p.save())));
    return out;
  }

  private static HostTensor tensor(Parameter p, float[] values) {
    return HostTensor.of(values, WeightLoader.checkpointShape(p));
  }

  private static Map<String, Object> optimizer(
      StateDict weights, Sgd optimizer, Sgd.Settings solver) {
    Map<Long, Object> state = new LinkedHashMap<>();
    List<Object> groups = new ArrayList<>();
    long number = 0;
    for (Sgd.Group group : optimizer.groups()) {
      Parameter p = group.parameter();
      long key = number++;
      optimizer
          .saveVelocity(p)
          .ifPresent(v -> state.put(key, Map.of("momentum_buffer", tensor(p, v))));
      Map<String, Object> settings = new LinkedHashMap<>();
      settings.put("lr", group.baseRate());
      settings.put("weight_decay", group.weightDecay());
      settings.put("momentum", solver.momentum());
      settings.put("dampening", 0L);
      settings.put("nesterov", false);
      settings.put("initial_lr", group.baseRate());
      settings.put("params", List.of(key));
      groups.add(settings);
    }
    return Map.of("state", state, "param_groups", groups);
  }
}

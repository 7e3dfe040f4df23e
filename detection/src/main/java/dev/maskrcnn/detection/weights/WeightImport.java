package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Takes over detectors of another family: the tensors get the original's names, and the file gets
 * the settings under which the family uses them, so that commands need no recipe.
 */
public final class WeightImport {
  /**
   * What was done.
   *
   * @param tensors number of tensors written
   * @param family whose they are
   * @param notes what is odd or assumed about them, a line each
   */
  public record Outcome(int tensors, Family family, List<String> notes) {}

  private WeightImport() {}

  /**
   * Imports a file.
   *
   * @param in weights as the other program saved them
   * @param out safetensors file
   * @param family whose they must be; empty for any that is known
   * @param changes of the settings, where the model is not as the family publishes it
   * @throws CheckpointException if the input is none of the models that are known
   * @throws dev.maskrcnn.detection.config.ConfigException if a change does not fit
   * @throws dev.maskrcnn.tensor.io.TensorFileException if a file cannot be read or written
   */
  public static Outcome run(
      Path in, Path out, Optional<Family> family, UnaryOperator<Config> changes) {
    WeightFile content = WeightFile.read(in);
    Optional<Family> found = FamilyNames.of(content);
    if (found.isEmpty() || family.isPresent() && !family.equals(found)) {
      throw new CheckpointException(
          "%s: has no names of %s detectors on a ResNet with FPN"
              .formatted(
                  in, family.map(f -> f.key() + "'s").orElse("torchvision's or detectron2's")));
    }
    FamilySettings settings = new FamilySettings(content, found.get());
    Map<String, HostTensor> tensors = new LinkedHashMap<>(settings.tensors());
    tensors.keySet().removeIf(n -> n.endsWith(".num_batches_tracked") || n.contains("keypoint"));
    Config config = changes.apply(settings.config());
    Safetensors.write(
        out, tensors, Checkpoint.ofImport(config, found.get().key(), settings.categories()));
    return new Outcome(tensors.size(), found.get(), WeightNotes.of(content));
  }
}

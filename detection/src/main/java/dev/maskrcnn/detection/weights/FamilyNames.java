package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.tensor.io.HostTensor;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Tells from the names of tensors whose they are, and gives them the original's names. */
public final class FamilyNames {
  private FamilyNames() {}

  /** Whose weights a file holds; empty if the names are the original's, Detectron's or unknown. */
  public static Optional<Family> of(WeightFile content) {
    Set<String> names = content.unwrapped().keySet();
    if (TorchvisionNames.fit(names)) {
      return Optional.of(Family.TORCHVISION);
    }
    return Detectron2Weights.fit(names) ? Optional.of(Family.DETECTRON2) : Optional.empty();
  }

  /**
   * The tensors of a file of a family under the original's names, classes in its order.
   *
   * @throws CheckpointException if two tensors would have the same name
   */
  static Map<String, HostTensor> tensors(Family family, WeightFile content) {
    return family == Family.DETECTRON2
        ? Detectron2Weights.toOriginal(content.unwrapped())
        : content.renamed(TorchvisionNames::toOriginal);
  }
}

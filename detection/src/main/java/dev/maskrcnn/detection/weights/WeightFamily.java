package dev.maskrcnn.detection.weights;

import dev.maskrcnn.tensor.io.HostTensor;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Other programs whose detectors are told from the names of their tensors. */
public enum WeightFamily {
  /** {@code torchvision.models.detection}. */
  TORCHVISION,
  /** detectron2's models, also its bodies alone. */
  DETECTRON2;

  /** Whose weights a file holds; empty if the names are the original's, Detectron's or unknown. */
  public static Optional<WeightFamily> of(WeightFile content) {
    Set<String> names = content.unwrapped().keySet();
    return Stream.of(values()).filter(family -> family.fits(names)).findFirst();
  }

  private boolean fits(Set<String> names) {
    return this == TORCHVISION ? TorchvisionNames.fit(names) : Detectron2Weights.fit(names);
  }

  /** The value of {@code MODEL.CONVENTIONS} for these weights. */
  public String conventions() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The tensors of a file of this family under the original's names, classes in its order.
   *
   * @throws CheckpointException if two tensors would have the same name
   */
  Map<String, HostTensor> tensors(WeightFile content) {
    return this == DETECTRON2
        ? Detectron2Weights.toOriginal(content.unwrapped())
        : content.renamed(TorchvisionNames::toOriginal);
  }
}

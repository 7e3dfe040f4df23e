package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.tensor.io.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a user should know of weights before trusting what a model finds with them. */
public final class WeightNotes {
  private static final double BATCH_NORM = 1e-5;

  private WeightNotes() {}

  /**
   * A line for each oddity: values that are not finite, a keypoint head, assumptions about
   * torchvision's weights.
   */
  public static List<String> of(WeightFile content) {
    List<String> notes = new ArrayList<>();
    notFinite(content).ifPresent(notes::add);
    Map<String, HostTensor> names = content.unwrapped();
    if (names.keySet().stream().anyMatch(name -> name.contains("keypoint"))) {
      notes.add("has a keypoint head, which is left out: the model finds boxes only");
    }
    if (FamilyNames.of(content).equals(Optional.of(Family.TORCHVISION))) {
      FamilySettings settings = new FamilySettings(content, Family.TORCHVISION);
      if (settings.isDetector()) {
        notes.add(settings.epsilonNote());
        settings.categoryNote().ifPresent(notes::add);
      }
    }
    return notes.stream().map(note -> content.file() + ": " + note).toList();
  }

  private static Optional<String> notFinite(WeightFile content) {
    List<String> bad =
        content.tensors().entrySet().stream()
            .filter(e -> e.getValue().type().isFloating() && !isFinite(e.getValue().floats()))
            .map(Map.Entry::getKey)
            .toList();
    return bad.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "tensor %s%s holds NaN or infinite values; nothing sensible comes of these weights"
                .formatted(
                    bad.get(0), bad.size() > 1 ? " (and %s more)".formatted(bad.size() - 1) : ""));
  }

  private static boolean isFinite(float[] values) {
    for (float v : values) {
      if (!Float.isFinite(v)) {
        return false;
      }
    }
    return true;
  }

  /**
   * What a run does otherwise than those who trained its initial weights. Nothing is wrong then,
   * but the weights have to be learned again in part.
   *
   * @return a line for the user; empty if all agree or the file does not tell
   */
  public static Optional<String> differences(Config run, WeightFile content) {
    Checkpoint.Description weights = Checkpoint.describe(content);
    return weights.config().isPresent() || !isTorchvisionBody(content)
        ? weights.differences(run)
        : Optional.of(Family.differences(run, torchvisionBody(run)))
            .filter(keys -> !keys.isEmpty())
            .map(
                keys ->
                    ("%s: is a body that torchvision trained on ImageNet (RGB, epsilon 1e-5, stride"
                            + " in the 3x3 convolution); to keep its rules, add: %s")
                        .formatted(content.file(), keys));
  }

  /** Norms with statistics and the classifier of ImageNet, on a ResNet with bottlenecks. */
  private static boolean isTorchvisionBody(WeightFile content) {
    Map<String, HostTensor> tensors = content.unwrapped();
    HostTensor classifier = tensors.get("fc.weight");
    return classifier != null
        && classifier.shape().length == 2
        && classifier.shape()[0] == 1000
        && tensors.containsKey("bn1.running_var")
        && tensors.containsKey("layer1.0.conv3.weight");
  }

  private static Config torchvisionBody(Config run) {
    Config published = Family.TORCHVISION.published();
    Config own = run;
    for (String key :
        Arrays.asList(
            "MODEL.RESNETS.STRIDE_IN_1X1",
            "INPUT.TO_BGR255",
            "INPUT.PIXEL_MEAN",
            "INPUT.PIXEL_STD")) {
      own = own.with(key, published.value(key));
    }
    return Family.conventions(run).weights().normEpsilon() == BATCH_NORM
        ? own
        : own.with("MODEL.RESNETS.FROZEN_NORM_EPSILON", BATCH_NORM);
  }
}

package dev.maskrcnn.detection.weights;

import dev.maskrcnn.nn.optim.LossScaler;
import dev.maskrcnn.tensor.op.LossScaling;
import java.nio.file.Path;
import java.util.Map;

/** The dynamic loss scale of a run in the metadata of its checkpoints. */
final class LossScaleText {
  private static final String KEY = "loss_scale";

  private LossScaleText() {}

  /** Adds {@code loss_scale}: scale, tracker, steps taken, steps skipped. */
  static void put(LossScaler scaler, Map<String, String> metadata) {
    if (scaler.scaling().isDynamic()) {
      LossScaling.State s = scaler.state();
      metadata.put(KEY, s.scale() + " " + s.tracker() + " " + s.taken() + " " + s.skipped());
    }
  }

  /** Goes on from what {@link #put} wrote; a run that was in another precision starts anew. */
  static void restore(Path file, Map<String, String> metadata, LossScaler scaler) {
    String text = metadata.get(KEY);
    if (text == null || !scaler.scaling().isDynamic()) {
      return;
    }
    String[] words = text.split(" ");
    try {
      float scale = Float.parseFloat(words[0]);
      if (words.length != 4 || !(scale > 0) || Float.isInfinite(scale)) {
        throw new NumberFormatException(text);
      }
      scaler.restore(
          new LossScaling.State(
              scale,
              Integer.parseInt(words[1]),
              false,
              Integer.parseInt(words[2]),
              Integer.parseInt(words[3])));
    } catch (NumberFormatException e) {
      throw new CheckpointException(
          "%s: \"%s\" of its metadata is \"%s\", expected scale, tracker, taken, skipped"
              .formatted(file, KEY, text),
          e);
    }
  }
}

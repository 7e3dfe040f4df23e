package dev.maskrcnn.detection.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.maskrcnn.nn.optim.LossScaler;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.op.LossScaling;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A run in float16 goes on with the loss scale that it had; others neither write nor read one. */
class LossScaleTextTest {
  private static final Path FILE = Path.of("model.safetensors");

  @Test
  void theScaleComesBack() {
    Map<String, String> metadata = new LinkedHashMap<>();
    LossScaling.State state = new LossScaling.State(512, 1234, false, 5000, 4);
    try (Device cpu = Device.cpu();
        LossScaler saved = new LossScaler(cpu, LossScaling.dynamic());
        LossScaler restored = new LossScaler(cpu, LossScaling.dynamic());
        LossScaler plain = new LossScaler(cpu, LossScaling.none())) {
      saved.restore(state);
      LossScaleText.put(plain, metadata);
      assertFalse(metadata.containsKey("loss_scale"));
      LossScaleText.put(saved, metadata);
      LossScaleText.restore(FILE, metadata, restored);
      assertEquals(state, restored.state());
      LossScaleText.restore(FILE, metadata, plain);
      assertEquals(LossScaling.none().start(), plain.state());
      LossScaleText.restore(FILE, Map.of(), restored);
      assertEquals(state, restored.state());
    }
  }

  @Test
  void damageIsNamed() {
    try (Device cpu = Device.cpu();
        LossScaler scaler = new LossScaler(cpu, LossScaling.dynamic())) {
      for (String bad : new String[] {"", "1 2", "0 1 2 3", "Infinity 1 2 3", "8 x 2 3"}) {
        CheckpointException e =
            assertThrows(
                CheckpointException.class,
                () -> LossScaleText.restore(FILE, Map.of("loss_scale", bad), scaler));
        assertEquals(
            "model.safetensors: \"loss_scale\" of its metadata is \""
                + bad
                + "\", expected scale, tracker, taken, skipped",
            e.getMessage());
      }
    }
  }
}

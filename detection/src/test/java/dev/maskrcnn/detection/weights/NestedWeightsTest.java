package dev.maskrcnn.detection.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** State dicts under keys of other programs, and names with the prefixes of wrappers. */
class NestedWeightsTest {
  private static final String STEM = "backbone.body.stem.conv1.weight";
  private static final String LAYER = "roi_heads.box.predictor.cls_score.bias";

  @TempDir Path folder;

  private static HostTensor tensor(float value) {
    return HostTensor.of(new float[] {value}, 1);
  }

  private static Map<String, Object> dict(String prefix, float value) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put(prefix + STEM, tensor(value));
    out.put(prefix + LAYER, tensor(value + 1));
    return out;
  }

  private WeightFile saved(Map<String, ?> root) {
    Path file = folder.resolve("x.pth");
    TorchWriter.write(file, root);
    return WeightFile.read(file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model",
        "state_dict",
        "model_state_dict",
        "net",
        "weights",
        "params",
        "ema",
        "model_ema",
        "anything"
      })
  void keys(String key) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("epoch", 3L);
    root.put("args", Map.of("lr", 0.1));
    root.put("best", tensor(9));
    root.put(key, dict("", 5));
    root.put("optimizer_state_dict", Map.of("state", Map.of("0", dict("", 1))));
    assertEquals(List.of(STEM, LAYER), List.copyOf(saved(root).tensors().keySet()));
    WeightFile inner = saved(Map.of("checkpoint", Map.of("run", root)));
    assertEquals(List.of(STEM, LAYER), List.copyOf(inner.tensors().keySet()));
  }

  @Test
  void theModelBeforeItsAverage() {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("ema", dict("", 7));
    root.put("model_state_dict", dict("", 5));
    assertEquals(5, saved(root).tensors().get(STEM).floats()[0]);
  }

  @Test
  void severalThatAreEquallyGoodAreListed() {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("first", dict("", 7));
    root.put("second", dict("", 5));
    String message = assertThrows(CheckpointException.class, () -> saved(root)).getMessage();
    assertTrue(message.contains("its keys: first (a dict of 2), second (a dict of 2)"), message);
  }

  @ParameterizedTest
  @CsvSource({
    "module.",
    "model.",
    "_orig_mod.",
    "module._orig_mod.",
    "model.module._orig_mod.module.",
    "some_name_of_mine.",
    "model.my.detector."
  })
  void prefixes(String prefix) {
    Map<String, Object> root = dict(prefix, 5);
    root.put("n_averaged", HostTensor.of(new long[] {3}, 1));
    root.put(prefix + "loss.center", tensor(0));
    Map<String, HostTensor> t = saved(root).unwrapped();
    assertEquals(List.of(STEM, LAYER, "n_averaged", "loss.center"), List.copyOf(t.keySet()));
    Path file = folder.resolve("x.safetensors");
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    dict(prefix, 5).forEach((name, value) -> tensors.put(name, (HostTensor) value));
    Safetensors.write(file, tensors, Map.of());
    assertEquals(List.of(STEM, LAYER), List.copyOf(WeightFile.read(file).unwrapped().keySet()));
  }

  /** A student beside its teacher, and a compiled part within a model. */
  @Test
  void prefixesOfParts() {
    Map<String, Object> both = dict("student.", 5);
    both.putAll(dict("teacher.", 7));
    both.put("student.extra", tensor(1));
    Map<String, HostTensor> t = saved(both).unwrapped();
    assertEquals(5, t.get(STEM).floats()[0]);
    assertEquals(7, t.get("teacher." + STEM).floats()[0]);
    Map<String, Object> compiled = new LinkedHashMap<>();
    compiled.put("backbone._orig_mod.body.stem.conv1.weight", tensor(5));
    assertEquals(List.of(STEM), List.copyOf(saved(compiled).unwrapped().keySet()));
  }
}

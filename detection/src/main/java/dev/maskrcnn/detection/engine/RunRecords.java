package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigKey;
import dev.maskrcnn.detection.log.DlLogger;
import java.util.Map;
import java.util.TreeMap;

/** What DLLogger's file says of a run before its first measurement, as in the original. */
public final class RunRecords {
  private RunRecords() {}

  /** Before training. */
  public static void ofTraining(DlLogger records, Config config, String recipe) {
    records.unit("BBOX_mAP", null);
    records.unit("MASK_mAP", null);
    records.unit("e2e_train_time", "s");
    records.unit("train_perf_fps", "images/s");
    setUp(records, config, recipe);
  }

  /** Before an inference. */
  public static void ofInference(DlLogger records, Config config, String recipe) {
    records.unit("BBOX_mAP", null);
    records.unit("MASK_mAP", null);
    records.unit("e2e_infer_time", "s");
    records.unit("inference_perf_fps", "images/s");
    for (String latency : new String[] {"avg", "90", "95", "99"}) {
      records.unit("latency_" + latency, "s");
    }
    setUp(records, config, recipe);
  }

  private static void setUp(DlLogger records, Config config, String recipe) {
    records.parameter("gpu_count", 1);
    records.parameter("config_file", recipe);
    records.parameter("config", tree(config));
  }

  /** All settings, nested as their names are. */
  private static Map<String, Object> tree(Config config) {
    Map<String, Object> root = new TreeMap<>();
    for (ConfigKey key : Config.keys()) {
      String[] path = key.name().split("\\.");
      Map<String, Object> section = root;
      for (int i = 0; i < path.length - 1; i++) {
        section = section(section, path[i]);
      }
      section.put(path[path.length - 1], config.value(key.name()));
    }
    return root;
  }

  @SuppressWarnings("unchecked") // only this class fills the tree: inner nodes are such maps
  private static Map<String, Object> section(Map<String, Object> parent, String name) {
    return (Map<String, Object>) parent.computeIfAbsent(name, n -> new TreeMap<String, Object>());
  }
}

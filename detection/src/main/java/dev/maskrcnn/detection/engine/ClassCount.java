package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.log.RunLog;

/**
 * The number of classes of a model, background included, which the data decides.
 *
 * @param classes at least 2
 * @param origin what decided it
 */
public record ClassCount(int classes, String origin) {
  private static final String KEY = "MODEL.ROI_BOX_HEAD.NUM_CLASSES";

  /** One for each category, and the background. */
  public static ClassCount of(LoadedSet set) {
    return new ClassCount(set.coco().categories().size() + 1, set.name());
  }

  /** The configuration with this count; a change is logged. */
  public Config applyTo(Config config, RunLog log) {
    int configured = config.integer(KEY);
    if (configured == classes) {
      return config;
    }
    log.info(
        Loggers.RUN,
        "%s: %s instead of %s (%s), for the %s categories of %s and the background"
            .formatted(KEY, classes, configured, config.origin(KEY), classes - 1, origin));
    return config.with(KEY, classes);
  }
}

package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.config.Config;
import java.util.List;

/**
 * Adds backbones that a configuration can name. Implementations are found by {@link
 * java.util.ServiceLoader}: list the class in {@code
 * META-INF/services/dev.maskrcnn.detection.model.BackboneProvider}.
 */
public interface BackboneProvider {
  /** Values of {@code MODEL.BACKBONE.CONV_BODY}; those that end with {@code -FPN} get a pyramid. */
  List<String> names();

  /** The backbone of a name, shaped by the configuration. */
  Backbone.Factory factory(String name, Config config);
}

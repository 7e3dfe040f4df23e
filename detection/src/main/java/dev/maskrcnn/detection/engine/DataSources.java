package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.config.DatasetSource;
import java.util.List;

/**
 * The data sets of a run. Several for training are joined; each for validation is evaluated alone.
 *
 * @param train what to train on; at least one for training
 * @param val what to evaluate on; may be empty
 */
public record DataSources(List<? extends DatasetSource> train, List<? extends DatasetSource> val) {
  public DataSources {
    train = List.copyOf(train);
    val = List.copyOf(val);
  }
}

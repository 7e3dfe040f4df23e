package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import java.util.List;

/**
 * The network that turns images into feature maps: a {@link dev.maskrcnn.nn.Module} that says how
 * wide its maps are. A feature pyramid takes all maps, a model without one the last.
 *
 * <p>A backbone of your own goes into a model by {@link ModelSettings#withBackbone}, or by name, in
 * a configuration, through a {@link BackboneProvider}.
 */
public interface Backbone {
  /** Channels of each map, the finest map first. */
  int[] widths();

  /** Pixels of the image per pixel of each map; each is twice the one before. */
  int[] strides();

  /**
   * The maps of a batch.
   *
   * @param images {@code [N,H,W,3]}, height and width multiples of the largest stride
   * @return {@code [N,H/stride,W/stride,width]} for each map
   */
  List<Variable> forward(Pass pass, Variable images);

  /** Makes a backbone. */
  @FunctionalInterface
  interface Factory {
    /** A backbone whose parameters are named below a scope, {@code backbone.body}. */
    Backbone make(Scope scope);
  }
}

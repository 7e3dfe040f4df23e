package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A part of a model with a place in its naming tree. Subclasses make their parameters and children
 * in the constructor, from the {@link Scope} given to it, in the order of the original, and wrap
 * the body of their {@code forward} in one of the {@code call}s: it then runs under the module's
 * path and in a frame from which only the result escapes. So layer code never mentions memory.
 */
public abstract class Module {
  private final Scope scope;

  /** A module at a place. */
  protected Module(Scope scope) {
    this.scope = scope;
  }

  /** Full name, such as {@code backbone.body.layer1.0}. */
  public final String path() {
    return scope.path();
  }

  /** Where the parameters live. */
  public final Device device() {
    return scope.device();
  }

  /** Runs a body with one result. */
  protected final Variable call(Supplier<Variable> body) {
    return call(body, (v, escape) -> escape.accept(v.value()));
  }

  /** Runs a body with several results. */
  protected final List<Variable> callAll(Supplier<List<Variable>> body) {
    return call(body, (list, escape) -> list.forEach(v -> escape.accept(v.value())));
  }

  /**
   * Runs a body with results of any form.
   *
   * @param tensors passes every tensor of the result to the consumer
   */
  protected final <T> T call(Supplier<T> body, BiConsumer<T, Consumer<Tensor>> tensors) {
    Device device = scope.device();
    String segment = segment(device.path());
    if (!segment.isEmpty()) {
      device.enter(segment);
    }
    try (Frame frame = device.push(scope.path())) {
      T result = body.get();
      tensors.accept(result, frame::escape);
      return result;
    } finally {
      if (!segment.isEmpty()) {
        device.leave();
      }
    }
  }

  /** The part of this path that the callers have not entered yet. */
  private String segment(String current) {
    String path = scope.path();
    if (current.isEmpty() || !path.startsWith(current)) {
      return path;
    }
    String rest = path.substring(current.length());
    return rest.isEmpty() ? "" : rest.startsWith(".") ? rest.substring(1) : path;
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + "(" + path() + ")";
  }
}

package dev.maskrcnn.detection.engine;

import dev.maskrcnn.tensor.CapturedPass;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.Spec;
import dev.maskrcnn.tensor.shape.TensorException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The captured passes of a model. A pass whose input shapes come again is captured once it has run
 * often enough, and from then on launched as one graph. A limited number of graphs is kept: the one
 * that was not launched for the longest time gives way. Where a pass cannot be captured, the run
 * goes on without, and one warning says why.
 *
 * @param <F> what a pass is given
 * @param <R> what it computes
 */
public final class PassGraphs<F extends PassGraphs.Feed<F>, R extends CapturedPass.Held>
    implements AutoCloseable {
  /** Shapes whose uses are counted: more than this in turn are none that come again. */
  private static final int MOST_SHAPES = 256;

  /** What a pass is given: tensors on the device. */
  public interface Feed<F> {
    /** All of them, in an order that depends on nothing. */
    List<Tensor> tensors();

    /** A feed of other tensors in their places. */
    F map(UnaryOperator<Tensor> change);
  }

  /**
   * When to capture.
   *
   * @param warmUp passes of the same shapes before: convolutions choose their algorithms meanwhile,
   *     and what is made once, such as half copies of weights, is made
   * @param graphs most that are kept; each holds what its pass is given and computes
   */
  public record Limits(int warmUp, int graphs) {
    /** More warm-up than uses of a convolution before it is measured. */
    public static Limits usual() {
      return new Limits(9, 16);
    }

    /** For passes that cannot be captured, or a device that captures none. */
    public static Limits noGraphs() {
      return new Limits(0, 0);
    }
  }

  /**
   * A kind of pass.
   *
   * @param name as the subject of a sentence, for warnings
   * @param body computes it in a frame of its own; what it returns belongs to the caller
   */
  public record Kind<F, R>(String name, Function<F, R> body) {}

  /** One set of shapes. */
  private final class Entry {
    int uses;
    F feed;
    CapturedPass<R> graph;

    void close() {
      if (graph != null) {
        graph.close();
      }
      if (feed != null) {
        feed.tensors().forEach(Tensor::close);
      }
      graph = null;
      feed = null;
      uses = 0;
    }
  }

  private final Device device;
  private final Kind<F, R> kind;
  private final Limits limits;
  private final Consumer<String> warn;

  /** The least recently used first. */
  private final Map<List<Spec>, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  private boolean capturing;
  private int launched;

  /**
   * @param warn is told, in one line, of what could not be captured
   */
  public PassGraphs(Device device, Kind<F, R> kind, Limits limits, Consumer<String> warn) {
    this.device = device;
    this.kind = kind;
    this.limits = limits;
    this.warn = warn;
    this.capturing = limits.graphs > 0;
  }

  /** How many graphs are kept at present. */
  public int count() {
    return (int) entries.values().stream().filter(e -> e.graph != null).count();
  }

  /** How many passes were launched as graphs so far. */
  public int launched() {
    return launched;
  }

  /**
   * Launches the pass of a feed's shapes, captured now or earlier.
   *
   * @return what it computes, until the next launch; empty if the caller is to compute it
   */
  public Optional<R> launch(F feed) {
    if (!capturing && entries.isEmpty()) {
      return Optional.empty();
    }
    List<Spec> shapes = feed.tensors().stream().map(Tensor::spec).toList();
    Entry entry = entries.computeIfAbsent(shapes, s -> new Entry());
    if (entry.graph == null && !(capturing && ++entry.uses > limits.warmUp)) {
      forgetShapes();
      return Optional.empty();
    }
    if (entry.graph == null && !capture(entry, feed)) {
      return Optional.empty();
    }
    copy(feed, entry.feed);
    entry.graph.launch();
    launched++;
    return Optional.of(entry.graph.result());
  }

  private void forgetShapes() {
    if (entries.size() > MOST_SHAPES) {
      Iterator<Entry> oldest = entries.values().iterator();
      while (oldest.hasNext()) {
        if (oldest.next().graph == null) {
          oldest.remove();
          return;
        }
      }
    }
  }

  private boolean capture(Entry entry, F feed) {
    if (count() >= limits.graphs) {
      entries.values().stream().filter(e -> e.graph != null).findFirst().ifPresent(Entry::close);
    }
    try {
      F own = lasting(feed);
      entry.feed = own;
      copy(feed, own);
      entry.graph = device.captured(() -> kind.body.apply(own));
      return true;
    } catch (TensorException e) {
      entry.close();
      capturing = false;
      requireAlive(e);
      warn.accept(
          "%s could not be captured as a CUDA graph (%s); the run goes on, no more are captured"
              .formatted(kind.name, e.getMessage()));
      return false;
    }
  }

  /** A feed of the same shapes that lasts; its content is undefined. */
  private F lasting(F feed) {
    try (Frame frame = device.push("feed of a graph")) {
      F own = feed.map(t -> device.empty(t.spec()));
      own.tensors().forEach(Tensor::promote);
      return own;
    }
  }

  private void copy(F from, F to) {
    List<Tensor> sources = from.tensors();
    List<Tensor> targets = to.tensors();
    for (int i = 0; i < sources.size(); i++) {
      targets.get(i).copyFrom(sources.get(i));
    }
  }

  /** After a fault of the device there is nothing to go on with. */
  private void requireAlive(TensorException cause) {
    try {
      device.synchronize();
    } catch (TensorException dead) {
      cause.addSuppressed(dead);
      throw cause;
    }
  }

  /**
   * Computes a pass beside the graphs. If they hold the memory that it needs they are freed, and it
   * is computed once more.
   *
   * @param pass frees what it made if it fails
   */
  public <T> T beside(Supplier<T> pass) {
    try {
      return pass.get();
    } catch (TensorException e) {
      if (!e.outOfMemory() || count() == 0) {
        throw e;
      }
      close();
      capturing = false;
      warn.accept(
          "%s found no memory beside CUDA graphs (%s); the run goes on without graphs"
              .formatted(kind.name, e.getMessage()));
    }
    return pass.get();
  }

  /** Frees all graphs. Others may be captured afterwards. */
  @Override
  public void close() {
    entries.values().forEach(Entry::close);
    entries.clear();
  }
}

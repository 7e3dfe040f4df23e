package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.Graph;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * A pass that was captured once and is launched as a whole, on the memory that it was captured with
 * (see {@link Device#captured}).
 *
 * @param <R> what it computes
 */
public final class CapturedPass<R extends CapturedPass.Held> implements AutoCloseable {
  /** Memory that outlives the pass that made it. */
  public interface Held extends AutoCloseable {
    @Override
    void close();
  }

  private final R result;
  private final Graph graph;

  private CapturedPass(R result, Graph graph) {
    this.result = result;
    this.graph = graph;
  }

  static <R extends Held> CapturedPass<R> of(Backend backend, Supplier<R> pass) {
    AtomicReference<R> result = new AtomicReference<>();
    Graph graph =
        backend.capture(
            () -> {
              R made = pass.get();
              result.set(made);
              return made::close;
            });
    return new CapturedPass<>(result.get(), graph);
  }

  /** What the pass computes: each launch overwrites it, and it is closed with this object. */
  public R result() {
    return result;
  }

  /** Issues the pass. */
  public void launch() {
    graph.launch();
  }

  /** Frees the result and the pass. Closing twice is harmless. */
  @Override
  public void close() {
    graph.close();
  }
}

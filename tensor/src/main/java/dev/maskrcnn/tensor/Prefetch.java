package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.Upload;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Tensors of host data on their way to a device (see {@link Device#prefetch}), in a frame of their
 * own that may outlive the frames on the stack. Closing frees them.
 *
 * @param <T> what holds the tensors
 */
public final class Prefetch<T> implements AutoCloseable {
  private final Frame frame;
  private final T tensors;
  private final Upload upload;

  private Prefetch(Frame frame, T tensors, Upload upload) {
    this.frame = frame;
    this.tensors = tensors;
    this.upload = upload;
  }

  static <T> Prefetch<T> begin(Backend backend, Frame frame, Supplier<T> uploads) {
    AtomicReference<T> made = new AtomicReference<>();
    try {
      Upload upload = backend.ahead(() -> made.set(frame.compute(uploads)));
      return new Prefetch<>(frame, made.get(), upload);
    } catch (RuntimeException e) {
      frame.close();
      throw e;
    }
  }

  /** The tensors. Work that is issued from now on finds them complete; the host does not wait. */
  public T join() {
    upload.join();
    return tensors;
  }

  /** Runs work whose tensors live as long as these. */
  public <R> R within(Supplier<R> work) {
    return frame.compute(work);
  }

  @Override
  public void close() {
    frame.close();
  }
}

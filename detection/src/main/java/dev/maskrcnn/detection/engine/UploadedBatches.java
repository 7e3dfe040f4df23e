package dev.maskrcnn.detection.engine;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Prefetch;
import java.util.Iterator;
import java.util.function.Supplier;

/**
 * The batches of a loader as tensors on a device. Where the device uploads beside its computation,
 * a batch can be sent on its way while the one before it is computed; elsewhere each is uploaded
 * when it is asked for. At most two are on the device. One thread.
 *
 * @param <B> a batch on the host
 * @param <F> what a model is given of it
 */
public final class UploadedBatches<B, F> implements AutoCloseable {
  /** Makes the tensors of a batch. */
  @FunctionalInterface
  public interface Uploader<B, F> {
    /**
     * Uploads a batch.
     *
     * @param number of the batch, from 0
     * @return to be asked once, when its tensors have arrived: ops on them go here
     */
    Supplier<F> upload(B batch, int number);
  }

  /** A batch that has arrived. Closing frees its tensors. */
  public static final class Batch<B, F> implements AutoCloseable {
    private final Sent<B, F> sent;
    private final F tensors;
    private final double uploadSeconds;

    private Batch(Sent<B, F> sent) {
      long from = System.nanoTime();
      this.sent = sent;
      this.tensors = sent.tensors.within(sent.tensors.join());
      this.uploadSeconds = sent.seconds + seconds(from);
    }

    public B host() {
      return sent.host;
    }

    public F tensors() {
      return tensors;
    }

    /** How long the host was busy with the upload. */
    public double uploadSeconds() {
      return uploadSeconds;
    }

    @Override
    public void close() {
      sent.tensors.close();
    }
  }

  private record Sent<B, F>(B host, Prefetch<Supplier<F>> tensors, double seconds) {}

  private final Device device;
  private final Iterator<B> loader;
  private final Uploader<B, F> uploader;
  private Sent<B, F> sent;
  private RuntimeException failure;
  private double waitSeconds;
  private int count;

  /**
   * Uploads nothing yet.
   *
   * @param loader is read from the same thread
   */
  public UploadedBatches(Device device, Iterator<B> loader, Uploader<B, F> uploader) {
    this.device = device;
    this.loader = loader;
    this.uploader = uploader;
  }

  /** Whether there is another batch, or a failure of the loader in its place. */
  public boolean hasNext() {
    return sent != null || failure != null || loader.hasNext();
  }

  /**
   * The next batch. Work that is issued from now on may use it.
   *
   * @throws RuntimeException what the loader threw when it was asked for this batch
   */
  public Batch<B, F> next() {
    if (failure != null) {
      throw failure;
    }
    Sent<B, F> now = sent == null ? send(load()) : sent;
    sent = null;
    try {
      return new Batch<>(now);
    } catch (RuntimeException e) {
      now.tensors.close();
      throw e;
    }
  }

  /**
   * Sends the next batch on its way, if there is one and the device uploads beside its computation:
   * to be called when the work on the present one was issued. A failure of the loader waits until
   * its batch is asked for.
   */
  public void ahead() {
    if (device.prefetches() && sent == null && failure == null && loader.hasNext()) {
      B batch;
      try {
        batch = load();
      } catch (RuntimeException e) {
        failure = e;
        return;
      }
      sent = send(batch);
    }
  }

  /** How long the loader was waited for so far. */
  public double waitSeconds() {
    return waitSeconds;
  }

  private B load() {
    long from = System.nanoTime();
    try {
      return loader.next();
    } finally {
      waitSeconds += seconds(from);
    }
  }

  private Sent<B, F> send(B batch) {
    long from = System.nanoTime();
    int number = count++;
    Prefetch<Supplier<F>> tensors = device.prefetch("batch", () -> uploader.upload(batch, number));
    return new Sent<>(batch, tensors, seconds(from));
  }

  private static double seconds(long from) {
    return (System.nanoTime() - from) / 1e9;
  }

  /** Frees a batch that is on its way. */
  @Override
  public void close() {
    if (sent != null) {
      sent.tensors.close();
      sent = null;
    }
  }
}

package dev.maskrcnn.detection.data;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Loads batches ahead of the consumer on its own threads, and hands them over in the order of their
 * plans whatever the number of threads.
 *
 * <p>At most {@code ahead} batches exist that the consumer has not taken. A failure in a thread
 * comes out of {@link #next} as it was thrown, at the batch that caused it; the loader is then
 * closed. One consumer thread; always close it.
 *
 * @param <B> what is loaded; must not be tied to the thread that loads it
 */
public final class PrefetchLoader<B> implements Iterator<B>, AutoCloseable {
  private final ExecutorService workers;
  private final Deque<Future<B>> pending = new ArrayDeque<>();
  private final Planned<?, B> work;
  private final int ahead;
  private long waitNanos;
  private boolean closed;

  /**
   * Where the threads work.
   *
   * @param name of the threads, for stack dumps
   * @param workers number of threads, at least 1
   * @param ahead batches to hold ready or in the making, at least {@code workers}
   */
  public record Settings(String name, int workers, int ahead) {
    public Settings {
      if (workers < 1 || ahead < workers) {
        throw new DataException(
            "prefetch: %s threads, %s batches ahead, expected 1 <= threads <= batches; check"
                    .formatted(workers, ahead)
                + " DATALOADER.NUM_WORKERS");
      }
    }
  }

  private record Planned<P, B>(Iterator<P> plans, Function<? super P, ? extends B> load) {
    Future<B> submitTo(ExecutorService workers) {
      P plan = plans.next();
      return workers.submit(() -> load.apply(plan));
    }
  }

  /**
   * Starts loading at once.
   *
   * @param settings threads and depth
   * @param plans what to load; used by the consumer's thread only
   * @param load makes a batch of a plan, on several threads at a time
   * @param <P> the plan of a batch
   */
  public <P> PrefetchLoader(
      Settings settings, Iterator<P> plans, Function<? super P, ? extends B> load) {
    this.ahead = settings.ahead;
    this.work = new Planned<>(plans, load);
    this.workers = Executors.newFixedThreadPool(settings.workers, threads(settings.name));
    boolean started = false;
    try {
      fill();
      started = true;
    } finally {
      if (!started) {
        workers.shutdownNow(); // the plans threw; nobody will get this object to close it
      }
    }
  }

  private static ThreadFactory threads(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  private void fill() {
    while (pending.size() < ahead && work.plans.hasNext()) {
      pending.add(work.submitTo(workers));
    }
  }

  /** Whether a batch is left; false once closed. */
  @Override
  public boolean hasNext() {
    return !closed && !pending.isEmpty();
  }

  /**
   * The next batch, waiting for it if need be.
   *
   * @throws DataException if the consumer's thread is interrupted while waiting
   */
  @Override
  public B next() {
    if (!hasNext()) {
      throw new NoSuchElementException(closed ? "the loader is closed" : "no batch is left");
    }
    long start = System.nanoTime();
    try {
      B batch = pending.remove().get();
      waitNanos += System.nanoTime() - start;
      fill();
      return batch;
    } catch (ExecutionException e) {
      close();
      throw unchecked(e.getCause());
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new DataException("prefetch: interrupted while waiting for a batch", e);
    }
  }

  /** The loader function throws nothing checked, so this is what it threw. */
  private static RuntimeException unchecked(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return (RuntimeException) cause;
  }

  /** Time the consumer has spent waiting in {@link #next}, in nanoseconds: the data is too slow. */
  public long waitNanos() {
    return waitNanos;
  }

  /** Drops what is loaded and ends the threads; waits for images being decoded. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    pending.forEach(future -> future.cancel(true));
    pending.clear();
    workers.shutdownNow();
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = workers.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

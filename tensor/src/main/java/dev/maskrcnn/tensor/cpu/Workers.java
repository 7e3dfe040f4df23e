package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.shape.TensorException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/**
 * A fixed set of named daemon threads for loops over independent tasks; the caller works too. What
 * a task computes must not depend on which thread runs it or on the number of threads: then results
 * are the same bit for bit on any machine.
 */
final class Workers implements AutoCloseable {
  private final int threads;
  private final ExecutorService pool;

  Workers(int threads) {
    this.threads = threads;
    AtomicInteger serial = new AtomicInteger();
    this.pool =
        threads == 1
            ? null
            : Executors.newFixedThreadPool(
                threads - 1,
                task -> {
                  Thread t = new Thread(task, "maskrcnn-cpu-" + serial.incrementAndGet());
                  t.setDaemon(true);
                  return t;
                });
  }

  int threads() {
    return threads;
  }

  /** Runs {@code body(0) … body(tasks−1)}, each once, in any order and on any thread. */
  void each(int tasks, IntConsumer body) {
    int helpers = Math.min(threads, tasks) - 1;
    if (helpers <= 0) {
      for (int i = 0; i < tasks; i++) {
        body.accept(i);
      }
      return;
    }
    AtomicInteger next = new AtomicInteger();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(helpers);
    Runnable loop =
        () -> {
          try {
            for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
              body.accept(i);
            }
          } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
            next.set(tasks);
          }
        };
    for (int h = 0; h < helpers; h++) {
      pool.execute(
          () -> {
            try {
              loop.run();
            } finally {
              done.countDown();
            }
          });
    }
    loop.run();
    await(done);
    rethrow(failure.get());
  }

  /** A loop body over the half-open range {@code [from, to)}. */
  @FunctionalInterface
  interface Range {
    void run(int from, int to);
  }

  /** Splits {@code [0, n)} into ranges of at most {@code grain} and runs them. */
  void ranges(int n, int grain, Range body) {
    int tasks = (int) (((long) n + grain - 1) / grain);
    each(tasks, i -> body.run(i * grain, (int) Math.min(n, (long) (i + 1) * grain)));
  }

  private static void await(CountDownLatch done) {
    boolean interrupted = false;
    while (true) {
      try {
        done.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void rethrow(Throwable failure) {
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure != null) {
      throw new TensorException("cpu worker failed: " + failure.getMessage(), failure);
    }
  }

  @Override
  public void close() {
    if (pool != null) {
      pool.shutdown();
    }
  }
}

package dev.maskrcnn.detection.predict;

import dev.maskrcnn.tensor.device.DeviceException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/** The one thread that uses a device, for callers on any thread. */
final class DeviceThread implements AutoCloseable {
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "maskrcnn-detector");
            thread.setDaemon(true);
            return thread;
          });

  /** Runs work on the thread and waits for its result; throws what it throws. */
  <T> T call(Supplier<T> work) {
    try {
      return CompletableFuture.supplyAsync(work, executor).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw e;
    } catch (RejectedExecutionException e) {
      throw new DeviceException("detector: it was closed and cannot be used any more");
    }
  }

  /** False once it was closed. */
  boolean isOpen() {
    return !executor.isShutdown();
  }

  /** Lets the work end that was given; takes no more. */
  @Override
  public void close() {
    executor.shutdown();
  }
}

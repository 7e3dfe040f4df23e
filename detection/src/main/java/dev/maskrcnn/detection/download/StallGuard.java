package dev.maskrcnn.detection.download;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;

/**
 * Closes a stream from outside once nothing has come for a while: the JDK's client waits for bodies
 * without end, and networks that drop packets never say so.
 */
final class StallGuard implements AutoCloseable {
  private final InputStream stream;
  private final long patience;
  private final Thread watch;
  private volatile long last = System.nanoTime();
  private volatile boolean stalled;

  StallGuard(InputStream stream, Duration patience) {
    this.stream = stream;
    this.patience = patience.toNanos();
    this.watch = new Thread(this::watch, "download-stall-guard");
    watch.setDaemon(true);
    watch.start();
  }

  /** Something came. */
  void alive() {
    last = System.nanoTime();
  }

  /** Whether the stream was closed because nothing came. */
  boolean stalled() {
    return stalled;
  }

  private void watch() {
    try {
      while (true) {
        long left = patience - (System.nanoTime() - last);
        if (left <= 0) {
          stalled = true;
          stream.close();
          return;
        }
        Thread.sleep(left / 1_000_000 + 1);
      }
    } catch (InterruptedException e) {
      // closed: the download came to its end
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    watch.interrupt();
  }
}

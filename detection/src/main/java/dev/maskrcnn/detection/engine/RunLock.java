package dev.maskrcnn.detection.engine;

import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a second training run out of an output folder. The operating system holds the lock on the
 * file {@value #FILE}, so it ends with the process, however that ends. Where the file system knows
 * no locks, nobody is kept out.
 */
public final class RunLock implements AutoCloseable {
  static final String FILE = ".lock";

  private final FileChannel channel;

  private RunLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock of a folder, which is made if missing.
   *
   * @throws RunException if another run has it, or the folder cannot be written
   */
  public static RunLock take(Path folder) {
    Path file = folder.resolve(FILE);
    FileChannel channel;
    try {
      Files.createDirectories(folder);
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new RunException(
          "output folder %s: cannot be written: %s".formatted(folder, FileFailure.reason(e)), e);
    }
    RunLock lock = new RunLock(channel);
    if (!lock.hold()) {
      lock.close();
      throw new RunException(
          "output folder %s: another run is writing into it%s; choose another with --output-dir"
              .formatted(folder, holder(file)));
    }
    return lock;
  }

  /** Whether a run has the lock of a folder at present. */
  public static boolean isTaken(Path folder) {
    if (!Files.exists(folder.resolve(FILE))) {
      return false;
    }
    try {
      take(folder).close();
      return false;
    } catch (RunException e) {
      return true;
    }
  }

  /** Whether no other run has the lock. */
  private boolean hold() {
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        return false;
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8)));
      return true;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      return true; // no locks here
    }
  }

  private static String holder(Path file) {
    try {
      String text = Files.readString(file).strip();
      return text.matches("\\d+") ? " (process %s)".formatted(text) : "";
    } catch (IOException e) {
      return "";
    }
  }

  /** Lets others in. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new RunException(FILE + ": cannot be closed: " + FileFailure.reason(e), e);
    }
  }
}

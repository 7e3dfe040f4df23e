package dev.maskrcnn.tensor.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Writes files that are complete or not there.
 *
 * <p>The content goes to a temporary file in the same folder, is forced to the disk, takes the
 * target's name in one rename, and the folder is forced too. Whatever happens before the rename (a
 * full disk, a crash, an exception in the body) leaves an existing target as it was. Missing
 * folders are made.
 */
public final class AtomicFile {
  private static final int BUFFER = 1 << 16;

  private AtomicFile() {}

  /** Writes the content of a file. */
  @FunctionalInterface
  public interface Body {
    /**
     * Writes everything to the channel and leaves it open.
     *
     * @throws IOException if the channel does
     */
    void writeTo(WritableByteChannel channel) throws IOException;
  }

  /** Writes the content of a file as a stream. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes everything; the stream is buffered, and flushed by the caller.
     *
     * @throws IOException if the stream does
     */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Replaces {@code target} by a text in UTF-8.
   *
   * @throws TensorFileException if anything fails; {@code target} is then unchanged
   */
  public static void writeText(Path target, String text) {
    writeStream(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Replaces {@code target} by what {@code content} writes.
   *
   * @throws TensorFileException if anything fails; {@code target} is then unchanged
   */
  public static void writeStream(Path target, Content content) {
    write(
        target,
        channel -> {
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
          content.writeTo(out);
          out.flush();
        });
  }

  /**
   * Replaces {@code target} by what {@code body} writes.
   *
   * @throws TensorFileException if anything fails; {@code target} is then unchanged and the
   *     temporary file is gone
   */
  public static void write(Path target, Body body) {
    Path file = target.toAbsolutePath();
    Path folder = file.getParent();
    if (folder == null || Files.isDirectory(file)) {
      throw new TensorFileException(target + ": cannot write, this is a folder");
    }
    Path temporary = Leftovers.temporary(file);
    try {
      Files.createDirectories(folder);
      writeAndForce(temporary, body);
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      forceFolder(folder);
    } catch (IOException e) {
      throw new TensorFileException(target + ": cannot write, " + FileFailure.reason(e), e);
    } finally {
      discard(temporary);
    }
  }

  private static void writeAndForce(Path temporary, Body body) throws IOException {
    try (FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      body.writeTo(channel);
      channel.force(true);
    }
  }

  /**
   * Puts the names in a folder on the disk: a new or renamed file survives a power cut only then.
   * Windows has no such call.
   */
  public static void forceFolder(Path folder) throws IOException {
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Gone already after a successful rename; a left-over hidden file must not hide the cause. */
  private static void discard(Path temporary) {
    temporary.toFile().delete();
  }
}

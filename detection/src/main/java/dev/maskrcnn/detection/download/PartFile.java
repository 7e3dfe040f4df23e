package dev.maskrcnn.detection.download;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The beginning of a file that is being downloaded, {@code FILE.part}, and {@code FILE.part.from},
 * which says of what. Locked while open, against another process that downloads the same.
 */
final class PartFile implements Closeable {
  /**
   * A version of a file on a server.
   *
   * @param url where it came from
   * @param validator its {@code ETag} or {@code Last-Modified}; empty if the server sends none
   * @param length in bytes, if known
   */
  record Version(String url, Optional<String> validator, OptionalLong length) {
    private List<String> lines() {
      String size = length.isPresent() ? Long.toString(length.getAsLong()) : "";
      return List.of(url, validator.orElse(""), size);
    }

    private static Optional<Version> of(List<String> lines) {
      if (lines.size() != 3 || !lines.get(2).matches("\\d{0,18}")) {
        return Optional.empty();
      }
      String size = lines.get(2);
      return Optional.of(
          new Version(
              lines.get(0),
              Optional.of(lines.get(1)).filter(v -> !v.isEmpty()),
              size.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(size))));
    }
  }

  private final Path target;
  private final Path part;
  private final Path from;
  private final FileChannel channel;

  private PartFile(Path target, FileChannel channel) {
    this.target = target;
    this.part = part(target);
    this.from = from(target);
    this.channel = channel;
  }

  static Path part(Path target) {
    return target.resolveSibling(target.getFileName() + ".part");
  }

  private static Path from(Path target) {
    return target.resolveSibling(target.getFileName() + ".part.from");
  }

  /**
   * Opens what there is of a file, makes its folder if missing.
   *
   * @throws DownloadException if another process has it open
   */
  static PartFile open(Path target) throws IOException {
    Files.createDirectories(target.toAbsolutePath().getParent());
    FileChannel channel =
        FileChannel.open(part(target), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // another thread of this process has it; the same answer as for another process
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    if (lock == null) {
      throw new DownloadException(
          "%s: is being downloaded by another process; wait for it".formatted(part(target)));
    }
    return new PartFile(target, channel);
  }

  long size() throws IOException {
    return channel.size();
  }

  /** What the bytes that are there belong to; empty if that is not known or there are none. */
  Optional<Version> version() throws IOException {
    return channel.size() == 0 || !Files.isRegularFile(from)
        ? Optional.empty()
        : Version.of(Files.readAllLines(from));
  }

  /** Drops what is there; what comes now is of this version. */
  void restart(Version version) throws IOException {
    channel.truncate(0);
    Files.write(from, version.lines());
    channel.position(0);
  }

  /** Puts the position behind what is there. */
  void goOn() throws IOException {
    channel.position(channel.size());
  }

  void write(byte[] bytes, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** Forces the content to the disk. */
  void force() throws IOException {
    channel.force(true);
  }

  /** Gives the file its name; a rename survives a power cut once its folder is on the disk. */
  void finish() throws IOException {
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(from);
    Path folder = target.toAbsolutePath().getParent();
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel opened = FileChannel.open(folder, StandardOpenOption.READ)) {
        opened.force(true);
      }
    }
  }

  /** Removes all. */
  void discard() throws IOException {
    Files.deleteIfExists(part);
    Files.deleteIfExists(from);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

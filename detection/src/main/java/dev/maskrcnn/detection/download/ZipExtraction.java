package dev.maskrcnn.detection.download;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;

import dev.maskrcnn.detection.log.ProgressBar;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.tensor.io.AtomicFile;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Unpacks a zip archive. Nothing is written outside of the target folder, nothing beyond the sizes
 * that the archive states, and content is compared with its CRC, which {@link ZipFile} does not do.
 * What is unpacked is on the disk before it is said to be. Started again after a break, it leaves
 * alone what is there with the right content.
 */
public final class ZipExtraction {
  private static final int BUFFER = 1 << 16;

  /**
   * What was done.
   *
   * @param written files that were unpacked
   * @param skipped files that were there already
   */
  public record Counts(int written, int skipped) {}

  private final Path archive;
  private final Path target;
  private final RunLog log;
  private final byte[] buffer = new byte[BUFFER];

  ZipExtraction(Path archive, Path target, RunLog log) {
    this.archive = archive;
    this.target = target.toAbsolutePath().normalize();
    this.log = log;
  }

  Counts run() {
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      List<? extends ZipEntry> entries = zip.stream().toList();
      Map<ZipEntry, Path> files = new LinkedHashMap<>(); // all names are checked before any write
      for (ZipEntry entry : entries) {
        Path file = inside(entry);
        if (!entry.isDirectory()) {
          requireNoLinks(file);
          files.put(entry, file);
        }
      }
      int all = files.size();
      for (Map.Entry<ZipEntry, Path> e : Map.copyOf(files).entrySet()) {
        if (isThere(e.getKey(), e.getValue())) {
          files.remove(e.getKey());
        }
      }
      unpack(zip, files);
      return new Counts(files.size(), all - files.size());
    } catch (ZipException e) {
      throw damaged(e.getMessage(), e);
    } catch (IOException e) {
      throw new DownloadException(
          "%s: cannot be unpacked to %s: %s".formatted(archive, target, FileFailure.reason(e)), e);
    }
  }

  private Path inside(ZipEntry entry) {
    String name = entry.getName();
    try {
      Path file = target.resolve(name).normalize();
      boolean own = !name.startsWith("/") && !name.contains("\\") && file.startsWith(target);
      if (own && (entry.isDirectory() || !file.equals(target))) {
        return file;
      }
    } catch (InvalidPathException e) {
      // no file can have this name; the same answer
    }
    throw new DownloadException(
        "%s: holds \"%s\", which would lie outside of %s; nothing was unpacked"
            .formatted(archive, name, target));
  }

  /** A link that somebody left in the target would lead what is written elsewhere. */
  private void requireNoLinks(Path file) {
    for (Path part = file; !part.equals(target); part = part.getParent()) {
      if (Files.isSymbolicLink(part)) {
        throw new DownloadException(
            "%s: would be unpacked through the link %s; remove it or name another folder"
                .formatted(archive, part));
      }
    }
  }

  /** A power cut can leave a file of the right size without its content. */
  private boolean isThere(ZipEntry entry, Path file) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) != entry.getSize()) {
      return false;
    }
    CRC32 crc = new CRC32();
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        crc.update(buffer, 0, n);
      }
    }
    return crc.getValue() == entry.getCrc();
  }

  /** Waits until files, and the names that their folders have for them, are on the disk. */
  private static void force(Collection<Path> files) throws IOException {
    Set<Path> folders = new HashSet<>();
    for (Path file : files) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      folders.add(file.getParent());
    }
    for (Path folder : folders) {
      AtomicFile.forceFolder(folder);
    }
  }

  private void unpack(ZipFile zip, Map<ZipEntry, Path> files) throws IOException {
    long total = files.keySet().stream().mapToLong(ZipEntry::getSize).sum();
    Files.createDirectories(target);
    long free = Files.getFileStore(target).getUsableSpace();
    if (total > free) {
      throw new DownloadException(
          String.format(
              Locale.ROOT,
              "%s: unpacked it needs %.1f MB more, the disk of %s has %.1f MB free; make room or"
                  + " name another folder",
              archive,
              total / 1e6,
              target,
              free / 1e6));
    }
    String label = "extracting " + archive.getFileName();
    try (ProgressBar bar = log.progress(label, total).bytes()) {
      for (Map.Entry<ZipEntry, Path> e : files.entrySet()) {
        Files.createDirectories(e.getValue().getParent());
        unpack(zip, e.getKey(), e.getValue(), bar);
      }
    }
    force(files.values());
  }

  private void unpack(ZipFile zip, ZipEntry entry, Path file, ProgressBar bar) throws IOException {
    CRC32 crc = new CRC32();
    long size = 0;
    boolean whole = false;
    try (InputStream in = zip.getInputStream(entry);
        OutputStream out = Files.newOutputStream(file, CREATE, TRUNCATE_EXISTING, NOFOLLOW_LINKS)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        size += n;
        if (size > entry.getSize()) {
          break;
        }
        crc.update(buffer, 0, n);
        out.write(buffer, 0, n);
        bar.advance(n);
      }
      whole = size == entry.getSize() && crc.getValue() == entry.getCrc();
    } finally {
      if (!whole) {
        Files.deleteIfExists(file); // or it would look finished next time
      }
    }
    if (!whole) {
      throw damaged(entry.getName() + " is not what its checksum says", null);
    }
  }

  private DownloadException damaged(String reason, Throwable cause) {
    return new DownloadException(
        "%s: not a whole zip archive (%s); remove it and download it again"
            .formatted(archive, reason),
        cause);
  }
}

package dev.maskrcnn.detection.download;

import dev.maskrcnn.detection.log.RunLog;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The archives that public data sets are handed out as, and a folder of them. */
public final class DatasetArchives {
  private static final String BASE = "BASE";

  /**
   * An archive.
   *
   * @param set it belongs to, {@code coco2017}
   * @param file its name
   * @param url where it is
   * @param checksum of its content, if one is known
   */
  public record Archive(String set, String file, URI url, Optional<Checksum> checksum) {}

  /** What an archive of a folder is like. */
  public enum State {
    /** Its checksum is right. */
    RIGHT("right"),
    /** No checksum of it is known. */
    UNKNOWN("no checksum is known"),
    /** Its checksum is wrong. */
    WRONG("wrong checksum"),
    /** It is not there, or a part of it only. */
    MISSING("missing");

    private final String words;

    State(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  private final Path folder;
  private final RunLog log;
  private final Downloader downloader;

  /**
   * @param folder of the archives
   * @param log gets messages and shows progress
   */
  public DatasetArchives(Path folder, RunLog log) {
    this.folder = folder;
    this.log = log;
    this.downloader = new Downloader(log);
  }

  /** The sets that are known. */
  public static List<String> sets() {
    return ResourceTable.rows("archives.txt").stream()
        .map(row -> row[0])
        .filter(set -> !set.equals(BASE))
        .distinct()
        .toList();
  }

  /**
   * The archives of a set.
   *
   * @param mirror address to use in place of the usual server's
   * @throws DownloadException if there is no such set
   */
  public static List<Archive> of(String set, Optional<String> mirror) {
    List<Archive> out = new ArrayList<>();
    String base = "";
    for (String[] row : ResourceTable.rows("archives.txt")) {
      if (row[0].equals(BASE)) {
        base = mirror.orElse(row[1]).replaceFirst("/+$", "");
      } else if (row[0].equals(set)) {
        Optional<Checksum> md5 =
            row.length > 3 ? Optional.of(Checksum.md5(row[3])) : Optional.empty();
        out.add(new Archive(set, row[1], WeightCatalog.uri(base + "/" + row[2]), md5));
      }
    }
    if (out.isEmpty()) {
      throw new DownloadException(
          "data set %s: no archives are known; known are %s"
              .formatted(set, String.join(", ", sets())));
    }
    return out;
  }

  /** Where an archive lies. */
  public Path file(Archive archive) {
    return folder.resolve(archive.file());
  }

  /** Looks at an archive, reads all of it. */
  public State state(Archive archive) {
    Path file = file(archive);
    if (!Files.isRegularFile(file)) {
      return State.MISSING;
    }
    if (archive.checksum().isEmpty()) {
      return State.UNKNOWN;
    }
    return downloader.fits(file, archive.checksum().get()) ? State.RIGHT : State.WRONG;
  }

  /**
   * Downloads an archive unless it is there and right.
   *
   * @throws DownloadException if it is there and wrong, or cannot be had
   */
  public void fetch(Archive archive) {
    Path file = file(archive);
    switch (state(archive)) {
      case MISSING ->
          downloader.fetch(new Downloader.Request(archive.url(), file, archive.checksum()));
      case WRONG ->
          throw new DownloadException(
              "%s: does not have %s; remove it, and it is downloaded again"
                  .formatted(file, archive.checksum().get()));
      default -> log.info(Downloader.LOGGER, file + " is there already");
    }
  }

  /**
   * Unpacks an archive.
   *
   * @param target folder; files that are there with the right size are left alone
   * @throws DownloadException if it is missing or damaged, or does not fit on the disk
   */
  public ZipExtraction.Counts extract(Archive archive, Path target) {
    Path file = file(archive);
    if (!Files.isRegularFile(file)) {
      throw new DownloadException(
          "%s: does not exist; get it with maskrcnn dataset download, or from %s"
              .formatted(file, archive.url()));
    }
    return new ZipExtraction(file, target, log).run();
  }
}

package dev.maskrcnn.detection.download;

import dev.maskrcnn.detection.log.ProgressBar;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongConsumer;

/**
 * Downloads files over HTTP and HTTPS, goes on with what an earlier try left, and checks them.
 *
 * <p>A connection that breaks is taken up again where it broke as long as each try brings
 * something. Proxies are those of the JDK ({@code -Dhttps.proxyHost=…}).
 */
public final class Downloader {
  /**
   * What to download.
   *
   * @param url {@code http} or {@code https}
   * @param file what it becomes; its folder is made if missing
   * @param checksum what it must hash to, if known
   */
  public record Request(URI url, Path file, Optional<Checksum> checksum) {
    public Request {
      String scheme = url.getScheme() == null ? "" : url.getScheme();
      if (!scheme.matches("(?i)https?") || url.getHost() == null) {
        throw new DownloadException("%s: not an http or https address".formatted(url));
      }
    }
  }

  /**
   * When to give up.
   *
   * @param connect longest time until a server answers
   * @param stall longest time without a byte
   * @param tries connections in a row that may bring nothing
   */
  record Limits(Duration connect, Duration stall, int tries) {
    static final Limits USUAL = new Limits(Duration.ofSeconds(30), Duration.ofSeconds(60), 3);
  }

  static final String LOGGER = RunLog.ROOT + ".download";

  private final RunLog log;
  private final Limits limits;
  private final HttpClient client;

  /**
   * @param log gets messages and shows progress
   */
  public Downloader(RunLog log) {
    this(log, Limits.USUAL);
  }

  Downloader(RunLog log, Limits limits) {
    this.log = log;
    this.limits = limits;
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(limits.connect)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
  }

  /**
   * Downloads a file, in place of one that is there under its name.
   *
   * @return the file
   * @throws DownloadException if it cannot be had, written, or has another checksum; what has come
   *     of it is kept for the next call unless the checksum is wrong
   */
  public Path fetch(Request request) {
    Path file = request.file;
    log.info(LOGGER, "Downloading: \"%s\" to %s".formatted(request.url, file));
    try (PartFile part = PartFile.open(file)) {
      transfer(request, part);
      part.force();
      if (request.checksum.isPresent()) {
        check(request, request.checksum.get(), part);
      }
      part.finish();
      return file;
    } catch (IOException e) {
      throw new DownloadException(
          "%s: cannot write %s, %s".formatted(request.url, file, FileFailure.reason(e)), e);
    }
  }

  /** One connection after the other until the file is whole. */
  private void transfer(Request request, PartFile part) throws IOException {
    int idle = 0;
    while (true) {
      long before = part.size();
      try {
        new Transfer(client, limits, request, part).run(this::bar);
        return;
      } catch (BrokenConnectionException e) {
        idle = part.size() > before ? 0 : idle + 1;
        if (idle >= limits.tries) {
          throw new DownloadException(broken(request, part, e), e);
        }
        log.warning(LOGGER, "%s: %s; trying again".formatted(request.url, e.getMessage()));
      }
    }
  }

  private static String broken(Request request, PartFile part, BrokenConnectionException e)
      throws IOException {
    String kept =
        part.size() > 0
            ? "; %s bytes are kept, the same command goes on from there".formatted(part.size())
            : "";
    return "%s: %s%s; without network, get the file elsewhere and put it at %s"
        .formatted(request.url, e.getMessage(), kept, request.file.toAbsolutePath());
  }

  private ProgressBar bar(String label, long done, OptionalLong total) {
    return log.progress(label, total.orElse(0)).bytes().startAt(done);
  }

  private void check(Request request, Checksum checksum, PartFile part) throws IOException {
    String actual = hash(PartFile.part(request.file), request.file, checksum);
    if (!actual.startsWith(checksum.hex())) {
      part.discard();
      throw new DownloadException(
          ("%s: what came has %s, expected %s; it was removed, try again, or get the file elsewhere"
                  + " and put it at %s")
              .formatted(
                  request.url,
                  new Checksum(checksum.algorithm(), actual),
                  checksum.hex(),
                  request.file.toAbsolutePath()));
    }
  }

  /**
   * Whether a file that is there has a checksum; shows progress.
   *
   * @throws DownloadException if it cannot be read
   */
  public boolean fits(Path file, Checksum checksum) {
    try {
      return hash(file, file, checksum).startsWith(checksum.hex());
    } catch (IOException e) {
      throw new DownloadException(
          "%s: cannot be read, %s".formatted(file, FileFailure.reason(e)), e);
    }
  }

  private String hash(Path content, Path name, Checksum checksum) throws IOException {
    String label = "checking " + name.getFileName();
    try (ProgressBar bar = bar(label, 0, OptionalLong.of(Files.size(content)))) {
      LongConsumer progress = bar::advance;
      return checksum.actual(content, progress);
    }
  }
}

package dev.maskrcnn.detection.download;

import dev.maskrcnn.detection.download.Downloader.Limits;
import dev.maskrcnn.detection.download.Downloader.Request;
import dev.maskrcnn.detection.log.ProgressBar;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One connection of a download: asks for what is missing of the file (RFC 9110, sections 13 and
 * 14), and appends it. If the server sends the whole file or another version of it, it starts anew.
 */
final class Transfer {
  /** Makes a progress display. */
  @FunctionalInterface
  interface Bars {
    ProgressBar bar(String label, long done, OptionalLong total);
  }

  private static final int BUFFER = 1 << 16;
  private static final Pattern RANGE =
      Pattern.compile("bytes (?:(\\d{1,18})-\\d{1,18}|\\*)/(\\d{1,18}|\\*)");

  private final HttpClient client;
  private final Limits limits;
  private final Request request;
  private final PartFile part;

  Transfer(HttpClient client, Limits limits, Request request, PartFile part) {
    this.client = client;
    this.limits = limits;
    this.request = request;
    this.part = part;
  }

  /**
   * Brings the file to its end.
   *
   * @throws BrokenConnectionException if the connection does not last
   * @throws DownloadException if the server refuses
   * @throws IOException if the disk does
   */
  void run(Bars bars) throws IOException {
    Optional<PartFile.Version> have =
        part.version().filter(v -> v.url().equals(request.url().toString()));
    HttpResponse<InputStream> response = ask(have);
    if (have.isPresent() && !goesOn(response, have.get())) {
      if (response.statusCode() == 416 && complete(response.headers(), have.get())) {
        response.body().close();
        return;
      }
      if (response.statusCode() != 200) {
        requireKnown(response);
        response.body().close();
        response = ask(Optional.empty());
      }
    }
    receive(response, bars);
  }

  private HttpResponse<InputStream> ask(Optional<PartFile.Version> have) throws IOException {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(request.url())
            .timeout(limits.connect())
            .header("User-Agent", "maskrcnn-jvm");
    if (have.isPresent()) {
      builder.header("Range", "bytes=" + part.size() + "-");
      have.get().validator().ifPresent(v -> builder.header("If-Range", v));
    }
    try {
      return client.send(builder.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (HttpTimeoutException e) {
      throw new BrokenConnectionException(
          "no answer within %s s".formatted(limits.connect().toSeconds()), e);
    } catch (IOException e) {
      throw new BrokenConnectionException(reason(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  private static String reason(IOException e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof UnresolvedAddressException) {
        return "the host's name cannot be resolved, is there a network?";
      }
    }
    if (e instanceof ConnectException) {
      return "cannot connect" + (e.getMessage() == null ? "" : ": " + e.getMessage());
    }
    return "the connection broke" + (e.getMessage() == null ? "" : ": " + e.getMessage());
  }

  /** Whether the answer is the rest of the same version. */
  private boolean goesOn(HttpResponse<?> response, PartFile.Version have) throws IOException {
    if (response.statusCode() != 206) {
      return false;
    }
    Matcher range = range(response.headers());
    PartFile.Version now = version(response.headers(), total(range));
    return range != null
        && range.group(1) != null
        && Long.parseLong(range.group(1)) == part.size()
        && now.equals(have);
  }

  /** Whether there is nothing beyond what is there already. */
  private boolean complete(HttpHeaders headers, PartFile.Version have) throws IOException {
    OptionalLong total = total(range(headers));
    return total.isPresent() && total.getAsLong() == part.size() && have.length().equals(total);
  }

  private static Matcher range(HttpHeaders headers) {
    Matcher matcher = RANGE.matcher(headers.firstValue("Content-Range").orElse(""));
    return matcher.matches() ? matcher : null;
  }

  private static OptionalLong total(Matcher range) {
    return range == null || range.group(2).equals("*")
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(range.group(2)));
  }

  /** Only strong validators prove that two parts belong together. */
  private PartFile.Version version(HttpHeaders headers, OptionalLong total) {
    Optional<String> validator =
        headers
            .firstValue("ETag")
            .filter(tag -> !tag.startsWith("W/"))
            .or(() -> headers.firstValue("Last-Modified"));
    return new PartFile.Version(request.url().toString(), validator, total);
  }

  private void requireKnown(HttpResponse<?> response) {
    int status = response.statusCode();
    if (status != 200 && status != 206 && status != 416) {
      throw new DownloadException(
          "%s: the server answers %s%s; get the file elsewhere and put it at %s"
              .formatted(request.url(), status, words(status), request.file().toAbsolutePath()));
    }
  }

  private static String words(int status) {
    return switch (status) {
      case 401, 403 -> " (not allowed)";
      case 404, 410 -> " (no such file there)";
      case 407 -> " (the proxy wants a password)";
      case 429 -> " (too many requests, wait a while)";
      case 500, 502, 503, 504 -> " (its own trouble, try later)";
      default -> "";
    };
  }

  private void receive(HttpResponse<InputStream> response, Bars bars) throws IOException {
    OptionalLong total;
    try (InputStream body = response.body()) {
      requireKnown(response);
      if (response.statusCode() == 206) {
        total = total(range(response.headers()));
        part.goOn();
      } else if (response.statusCode() == 200) {
        total = response.headers().firstValueAsLong("Content-Length");
        part.restart(version(response.headers(), total));
      } else {
        throw new DownloadException(
            "%s: the server answers %s to a request for the whole file"
                .formatted(request.url(), response.statusCode()));
      }
      requireSpace(total);
      String label = "downloading " + request.file().getFileName();
      try (ProgressBar bar = bars.bar(label, part.size(), total)) {
        copy(body, bar);
      }
    }
    if (total.isPresent() && part.size() < total.getAsLong()) {
      throw new BrokenConnectionException(
          "the connection ended after %s of %s bytes".formatted(part.size(), total.getAsLong()));
    }
  }

  private void requireSpace(OptionalLong total) throws IOException {
    FileStore store = Files.getFileStore(PartFile.part(request.file()));
    long missing = total.orElse(0) - part.size();
    if (missing > store.getUsableSpace()) {
      throw new DownloadException(
          String.format(
              Locale.ROOT,
              "%s: %.1f MB more are needed, the disk has %.1f MB free; make room or name a folder"
                  + " on another disk",
              request.file(),
              missing / 1e6,
              store.getUsableSpace() / 1e6));
    }
  }

  private void copy(InputStream body, ProgressBar bar) throws IOException {
    byte[] buffer = new byte[BUFFER];
    try (StallGuard guard = new StallGuard(body, limits.stall())) {
      while (true) {
        int n = read(body, buffer, guard);
        if (n < 0) {
          return;
        }
        part.write(buffer, n);
        bar.advance(n);
      }
    }
  }

  /** Tells the network's failures from the disk's, which are no reason to try again. */
  private int read(InputStream body, byte[] buffer, StallGuard guard) {
    int n;
    try {
      n = body.read(buffer);
    } catch (IOException e) {
      throw new BrokenConnectionException(guard.stalled() ? stalled() : reason(e), e);
    }
    if (n < 0 && guard.stalled()) {
      throw new BrokenConnectionException(stalled());
    }
    guard.alive();
    return n;
  }

  private String stalled() {
    return "nothing came for %s s".formatted(limits.stall().toSeconds());
  }
}

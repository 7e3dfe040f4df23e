package dev.maskrcnn.detection.download;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A server on the loopback device that knows ranges, and how to misbehave. */
public final class FileServer implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, byte[]> files = new ConcurrentHashMap<>();

  /** The paths and ranges that were asked for, {@code /a.bin} or {@code /a.bin bytes=10-}. */
  final List<String> asked = Collections.synchronizedList(new ArrayList<>());

  /** The {@code ETag} of all files; none if empty. */
  volatile String tag = "\"one\"";

  /** Whether ranges are served. */
  volatile boolean ranges = true;

  /** After so many bytes of a body the connection is closed, once. */
  volatile int cutAfter = -1;

  /** Instead of closing, wait until the server is closed. */
  volatile boolean stall;

  /** Starts on a free port. */
  public FileServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.setExecutor(
        java.util.concurrent.Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "file-server");
              thread.setDaemon(true);
              return thread;
            }));
    server.start();
  }

  /** The address of a path. */
  public URI url(String path) {
    return URI.create("http://127.0.0.1:%s%s".formatted(server.getAddress().getPort(), path));
  }

  /** Serves a content under a path. */
  public void put(String path, byte[] content) {
    files.put(path, content);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    String range = exchange.getRequestHeaders().getFirst("Range");
    asked.add(range == null ? path : path + " " + range);
    byte[] content = files.get(path);
    if (content == null) {
      exchange.sendResponseHeaders(404, -1);
      exchange.close();
      return;
    }
    int from = 0;
    String condition = exchange.getRequestHeaders().getFirst("If-Range");
    if (ranges && range != null && (condition == null || condition.equals(tag))) {
      from = Integer.parseInt(range.replaceAll("\\D", ""));
    }
    if (!tag.isEmpty()) {
      exchange.getResponseHeaders().set("ETag", tag);
    }
    if (from >= content.length && content.length > 0) {
      exchange.getResponseHeaders().set("Content-Range", "bytes */" + content.length);
      exchange.sendResponseHeaders(416, -1);
      exchange.close();
      return;
    }
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range",
              "bytes %s-%s/%s".formatted(from, content.length - 1, content.length));
    }
    send(exchange, Arrays.copyOfRange(content, from, content.length), from > 0 ? 206 : 200);
  }

  private void send(HttpExchange exchange, byte[] body, int status) throws IOException {
    exchange.sendResponseHeaders(status, body.length);
    int cut = cutAfter;
    cutAfter = -1;
    OutputStream out = exchange.getResponseBody();
    if (cut < 0 || cut >= body.length) {
      out.write(body);
      exchange.close();
      return;
    }
    out.write(body, 0, cut);
    out.flush();
    if (!stall) {
      exchange.close(); // fewer bytes than announced: the connection is closed
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}

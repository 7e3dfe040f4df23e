package dev.maskrcnn.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A headless Chromium, driven through its DevTools protocol. */
final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome");
  private static final long SECONDS = 60;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Process process;
  private final Path profile;
  private final BlockingQueue<JsonNode> replies = new LinkedBlockingQueue<>();
  private final List<String> errors = new ArrayList<>();
  private WebSocket socket;
  private int id;

  private Browser(Process process, Path profile) {
    this.process = process;
    this.profile = profile;
  }

  /** The program, from the PATH or {@code -Dbrowser}; empty where none is installed. */
  static Optional<Path> installed() {
    String named = System.getProperty("browser", "");
    if (!named.isEmpty()) {
      return Optional.of(Path.of(named));
    }
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
      for (String name : NAMES) {
        Path file = Path.of(folder).resolve(name);
        if (Files.isExecutable(file)) {
          return Optional.of(file);
        }
      }
    }
    return Optional.empty();
  }

  /** Starts the program with an empty page. */
  static Browser start(Path program) throws IOException, InterruptedException {
    Path profile = Files.createTempDirectory("browser");
    List<String> command = new ArrayList<>(List.of(program.toString(), "--headless"));
    command.addAll(
        List.of("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"));
    command.addAll(List.of("--disable-background-networking", "--disable-component-update"));
    command.add("--remote-debugging-port=0");
    command.add("--user-data-dir=" + profile);
    command.add("about:blank");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve("output.txt").toFile())
            .start();
    Browser browser = new Browser(process, profile);
    try {
      browser.connect();
    } catch (IOException | RuntimeException e) {
      browser.close();
      throw e;
    }
    return browser;
  }

  private void connect() throws IOException, InterruptedException {
    Path port = profile.resolve("DevToolsActivePort");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!Files.exists(port) || Files.readAllLines(port).size() < 2) {
      if (System.nanoTime() > deadline || !process.isAlive()) {
        String output = Files.readString(profile.resolve("output.txt"));
        throw new IOException("the browser did not start: " + output);
      }
      process.waitFor(50, TimeUnit.MILLISECONDS);
    }
    String number = Files.readAllLines(port).get(0);
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest list =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + number + "/json/list")).build();
    String url = "";
    while (url.isEmpty()) {
      JsonNode targets =
          JSON.readTree(client.send(list, HttpResponse.BodyHandlers.ofString()).body());
      for (JsonNode t : targets) {
        url =
            t.path("type").asText().equals("page") ? t.path("webSocketDebuggerUrl").asText() : url;
      }
      if (System.nanoTime() > deadline) {
        throw new IOException("the browser has no page: " + targets);
      }
    }
    socket = client.newWebSocketBuilder().buildAsync(URI.create(url), new Listener()).join();
    call("Runtime.enable", JSON.createObjectNode());
    call("Page.enable", JSON.createObjectNode());
  }

  /** Collects messages, which may come in parts. */
  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        try {
          receive(JSON.readTree(text.toString()));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  private void receive(JsonNode message) {
    if (message.has("id")) {
      replies.add(message);
    } else if (message.path("method").asText().equals("Runtime.exceptionThrown")) {
      synchronized (errors) {
        errors.add(message.at("/params/exceptionDetails").toString());
      }
    }
  }

  private JsonNode call(String method, ObjectNode parameters) throws InterruptedException {
    ObjectNode message = JSON.createObjectNode().put("id", ++id).put("method", method);
    message.set("params", parameters);
    socket.sendText(message.toString(), true).join();
    while (true) {
      JsonNode reply = replies.poll(SECONDS, TimeUnit.SECONDS);
      if (reply == null) {
        throw new AssertionError(method + ": no answer in " + SECONDS + " s");
      }
      if (reply.path("id").asInt() == id) {
        if (reply.has("error")) {
          throw new AssertionError(method + ": " + reply.get("error"));
        }
        return reply.path("result");
      }
    }
  }

  /** Sets the size of the window in CSS pixels. */
  void size(int width, int height) throws InterruptedException {
    call(
        "Emulation.setDeviceMetricsOverride",
        JSON.createObjectNode()
            .put("width", width)
            .put("height", height)
            .put("deviceScaleFactor", 1)
            .put("mobile", width < 600));
  }

  /** Opens a file and waits until its scripts ran. */
  void open(Path file) throws InterruptedException {
    call("Page.navigate", JSON.createObjectNode().put("url", file.toUri().toString()));
    await("document.readyState === 'complete' && window.Page && Page.painted > 0");
  }

  /** The value of an expression; a promise is awaited. */
  JsonNode eval(String expression) throws InterruptedException {
    JsonNode result =
        call(
            "Runtime.evaluate",
            JSON.createObjectNode()
                .put("expression", expression)
                .put("returnByValue", true)
                .put("awaitPromise", true));
    if (result.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + result.get("exceptionDetails"));
    }
    return result.at("/result/value");
  }

  /** Waits until an expression is true. */
  void await(String expression) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!eval("Boolean(" + expression + ")").asBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("never came true: " + expression + "; errors: " + errors());
      }
      process.waitFor(30, TimeUnit.MILLISECONDS);
    }
  }

  /** Clicks with the mouse in the middle of the first element of a selector. */
  void click(String selector) throws InterruptedException {
    JsonNode at =
        eval(
            "(() => { const e = document.querySelector(%s);".formatted(quoted(selector))
                + " e.scrollIntoView({block: 'nearest'}); const r = e.getBoundingClientRect();"
                + " return [r.left + r.width / 2, r.top + Math.min(r.height / 2, 14)]; })()");
    for (String type : List.of("mousePressed", "mouseReleased")) {
      call(
          "Input.dispatchMouseEvent",
          JSON.createObjectNode()
              .put("type", type)
              .put("x", at.get(0).asDouble())
              .put("y", at.get(1).asDouble())
              .put("button", "left")
              .put("clickCount", 1));
    }
  }

  /** Types text where the focus is. */
  void type(String text) throws InterruptedException {
    call("Input.insertText", JSON.createObjectNode().put("text", text));
  }

  private static String quoted(String text) {
    return JSON.createObjectNode().textNode(text).toString();
  }

  /** Saves what is visible, or the whole page. */
  void screenshot(Path file, boolean whole) throws InterruptedException, IOException {
    JsonNode shot =
        call(
            "Page.captureScreenshot",
            JSON.createObjectNode().put("format", "png").put("captureBeyondViewport", whole));
    Files.write(file, Base64.getDecoder().decode(shot.path("data").asText()));
  }

  /** Uncaught errors of the page's scripts. */
  List<String> errors() {
    synchronized (errors) {
      return List.copyOf(errors);
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (socket != null) {
      socket.abort();
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    for (int tries = 0; tries < 20 && Files.exists(profile); tries++) {
      try (Stream<Path> files = Files.walk(profile)) {
        for (Path f : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(f);
        }
      } catch (IOException | UncheckedIOException e) {
        process.waitFor(100, TimeUnit.MILLISECONDS); // A dying helper process still writes.
      }
    }
  }
}

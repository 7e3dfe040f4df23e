package dev.maskrcnn.detection.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.log.RunLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloaderTest {
  private static final byte[] CONTENT = new byte[300_000];

  static {
    new Random(5).nextBytes(CONTENT);
  }

  @TempDir Path temp;
  private FileServer server;
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private Path file;

  @BeforeEach
  void start() throws IOException {
    server = new FileServer();
    server.put("/a.bin", CONTENT);
    file = temp.resolve("cache/a.bin");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Downloader downloader(Duration stall) {
    RunLog log = RunLog.consoleOnly(new PrintStream(shown, true, StandardCharsets.UTF_8));
    return new Downloader(log, new Downloader.Limits(Duration.ofSeconds(20), stall, 2));
  }

  private Path fetch() {
    return fetch(server.url("/a.bin"), Optional.empty());
  }

  private Path fetch(URI url, Optional<Checksum> checksum) {
    Duration stall = server.stall ? Duration.ofMillis(200) : Duration.ofSeconds(20);
    return downloader(stall).fetch(new Downloader.Request(url, file, checksum));
  }

  /** The target and nothing beside it. */
  private void assertWhole() throws IOException {
    assertArrayEquals(CONTENT, Files.readAllBytes(file));
    try (Stream<Path> all = Files.list(file.getParent())) {
      assertEquals(List.of(file), all.toList());
    }
  }

  private void leavePart(int bytes) throws IOException {
    // The process that downloaded died: what it left is what a first connection leaves.
    Files.createDirectories(file.getParent());
    Files.write(PartFile.part(file), Arrays.copyOf(CONTENT, bytes));
    Files.write(
        file.resolveSibling("a.bin.part.from"),
        List.of(server.url("/a.bin").toString(), server.tag, "" + CONTENT.length));
  }

  @Test
  void aFileComesWhole() throws IOException {
    assertEquals(file, fetch());
    assertWhole();
    assertEquals(List.of("/a.bin"), server.asked);
    String text = shown.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("downloading a.bin 100% 0.3/0.3 MB"), text);
  }

  @Test
  void aConnectionThatBreaksIsTakenUpWhereItBroke() throws IOException {
    server.cutAfter = 100_000;
    fetch();
    assertWhole();
    assertEquals(2, server.asked.size());
    assertTrue(server.asked.get(1).matches("/a.bin bytes=[1-9]\\d*-"), server.asked.get(1));
  }

  @Test
  void aConnectionThatStallsIsTakenUpToo() throws IOException {
    server.cutAfter = 100_000;
    server.stall = true;
    fetch();
    assertWhole();
    assertEquals("/a.bin bytes=100000-", server.asked.get(1));
  }

  @Test
  void anotherProcessGoesOn() throws IOException {
    leavePart(123_456);
    fetch();
    assertWhole();
    assertEquals(List.of("/a.bin bytes=123456-"), server.asked);
  }

  @Test
  void aWholePartNeedsItsNameOnly() throws IOException {
    leavePart(CONTENT.length);
    fetch();
    assertWhole();
    assertEquals(List.of("/a.bin bytes=300000-"), server.asked);
  }

  @Test
  void withoutRangesItStartsAnew() throws IOException {
    leavePart(1000);
    server.ranges = false;
    fetch();
    assertWhole();
  }

  @Test
  void anotherVersionStartsAnew() throws IOException {
    leavePart(1000);
    Files.write(PartFile.part(file), new byte[1000]); // of the old version
    server.tag = "\"two\"";
    fetch();
    assertWhole();
  }

  @Test
  void anotherLengthStartsAnewWithoutValidators() throws IOException {
    server.tag = "";
    leavePart(1000);
    Files.write(PartFile.part(file), new byte[1000]);
    Files.write(
        file.resolveSibling("a.bin.part.from"),
        List.of(server.url("/a.bin").toString(), "", "299999"));
    fetch();
    assertWhole();
    assertEquals(List.of("/a.bin bytes=1000-", "/a.bin"), server.asked);
  }

  @Test
  void aPartOfUnknownOriginIsNotUsed() throws IOException {
    leavePart(1000);
    Files.write(PartFile.part(file), new byte[1000]);
    Files.delete(file.resolveSibling("a.bin.part.from"));
    fetch();
    assertWhole();
  }

  @Test
  void checksumsAreThoseOfTheStandards() throws IOException {
    // The examples of RFC 1321, appendix A.5, and FIPS 180-2, appendix B.1.
    Path abc = Files.writeString(temp.resolve("abc"), "abc");
    assertTrue(Checksum.md5("900150983cd24fb0d6963f7d28e17f72").fits(abc, n -> assertEquals(3, n)));
    assertTrue(
        Checksum.sha256("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            .fits(abc, n -> {}));
    assertTrue(Checksum.sha256("BA7816bf").fits(abc, n -> {}));
    assertFalse(Checksum.sha256("ba7816be").fits(abc, n -> {}));
    assertEquals(
        Optional.of(Checksum.sha256("19c8e357")), Checksum.inFileName("resnet50-19c8e357.pth"));
    for (String none : List.of("R-50.pkl", "X-101-32x8d.pkl", "model.pth", "a-12345.pth")) {
      assertEquals(Optional.empty(), Checksum.inFileName(none), none);
    }
  }

  @Test
  void aWrongChecksumLeavesNothing() throws IOException {
    server.put("/a.bin", "abc".getBytes(StandardCharsets.UTF_8));
    Checksum wrong = Checksum.md5("00000000000000000000000000000000");
    assertFails(
        List.of(
            "/a.bin",
            "MD5 900150983cd24fb0d6963f7d28e17f72",
            "expected 00000000000000000000000000000000",
            "removed",
            file.toString()),
        server.url("/a.bin"),
        Optional.of(wrong));
    try (Stream<Path> all = Files.list(file.getParent())) {
      assertEquals(0, all.count());
    }
    fetch(server.url("/a.bin"), Optional.of(Checksum.md5("900150983cd24fb0d6963f7d28e17f72")));
    assertEquals("abc", Files.readString(file));
  }

  @Test
  void whatAServerRefusesIsSaid() {
    assertFails(
        List.of("/none.bin", "404", "no such file", "put it at " + file),
        server.url("/none.bin"),
        Optional.empty());
  }

  @Test
  void withoutNetworkItSaysWhereToPutTheFile() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    assertFails(
        List.of("http://127.0.0.1:" + port + "/x", "cannot connect", "put it at " + file),
        URI.create("http://127.0.0.1:" + port + "/x"),
        Optional.empty());
  }

  @Test
  void otherAddressesAreRefused() {
    for (String url : List.of("ftp://host/a", "file:///a", "a/b", "http:///a")) {
      assertFails(List.of(url, "http"), URI.create(url), Optional.empty());
    }
  }

  @Test
  void twoProcessesDoNotWriteTheSameFile() throws IOException {
    try (PartFile held = PartFile.open(file)) {
      assertFails(List.of("a.bin.part", "another process"), server.url("/a.bin"), Optional.empty());
      assertEquals(0, held.size());
    }
  }

  private void assertFails(List<String> words, URI url, Optional<Checksum> checksum) {
    String message = assertThrows(DownloadException.class, () -> fetch(url, checksum)).getMessage();
    words.forEach(word -> assertTrue(message.contains(word), () -> word + " not in " + message));
    assertFalse(message.contains("\n"), message);
    assertFalse(Files.exists(file));
  }
}

package dev.maskrcnn.detection.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLogTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2019-07-08T14:03:09.007Z"), ZoneId.of("UTC"));

  @TempDir Path folder;

  @Test
  void writesPythonsLoggingLineToBothAndAppends() throws IOException {
    ByteArrayOutputStream console = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(console, true, StandardCharsets.UTF_8);
    try (RunLog log = RunLog.open(folder.resolve("out"), out, CLOCK)) {
      log.info("maskrcnn_benchmark.trainer", "Start training");
    }
    try (RunLog log = RunLog.open(folder.resolve("out"), out, CLOCK)) {
      log.warning(RunLog.ROOT, "again");
    }
    String expected =
        "2019-07-08 14:03:09,007 maskrcnn_benchmark.trainer INFO: Start training\n"
            + "2019-07-08 14:03:09,007 maskrcnn_benchmark WARNING: again\n";
    assertEquals(expected, Files.readString(folder.resolve("out/log.txt")));
    assertEquals(
        expected, console.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n"));
  }

  @Test
  void progressOnAPipeIsPlainLinesNowAndThen() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long[] now = {0};
    ProgressBar.Display display =
        new ProgressBar.Display(
            new PrintStream(bytes, true, StandardCharsets.UTF_8), false, () -> now[0]);
    try (ProgressBar bar = new ProgressBar(display, "evaluating", 100).startAt(20)) {
      for (int i = 0; i < 80; i++) {
        now[0] += 1_000_000_000L;
        bar.step();
      }
    }
    assertEquals(
        "evaluating  50% 50/100  1.0 it/s  eta 0:00:50\n"
            + "evaluating  80% 80/100  1.0 it/s  eta 0:00:20\n"
            + "evaluating 100% 100/100  1.0 it/s  in 0:01:20\n",
        bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n"));
  }

  @Test
  void progressOnATerminalRedrawsOneLineAndLetsLinesThrough() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    long[] now = {0};
    ProgressBar bar = new ProgressBar(new ProgressBar.Display(out, true, () -> now[0]), "train", 4);
    now[0] = 4_000_000_000L;
    bar.note("loss 1.23");
    bar.advance(2);
    bar.interrupt(() -> out.print("log line\n"));
    bar.close();
    bar.close();
    String text = bytes.toString(StandardCharsets.UTF_8);
    String line =
        "\rtrain  50% [===============>              ] 2/4  2.00 s/it  eta 0:00:04  loss 1.23";
    assertTrue(text.startsWith(line + "\r  "), text);
    assertTrue(text.contains("\rlog line\n" + line), text);
    assertEquals(1, text.lines().filter(l -> l.contains("log line")).count());
    assertTrue(text.endsWith(line + System.lineSeparator()), text);
  }
}

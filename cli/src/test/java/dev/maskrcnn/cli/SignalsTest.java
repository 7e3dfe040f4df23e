package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.maskrcnn.detection.engine.StopRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What comes to a command from outside: signals, and an output that is closed. */
class SignalsTest {
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

  /** Hands each line over. */
  private PrintStream lines() {
    return new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8) {
      @Override
      public void println(String line) {
        told.add(line);
      }
    };
  }

  /** Under nohup and the like a process ignores SIGHUP, and so does the program then. */
  private static boolean ignoresHangUp() throws IOException {
    Path status = Path.of("/proc/self/status");
    return Files.isReadable(status)
        && Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).trim(), 16) & 1) != 0);
  }

  /** The terminal is gone; shells and kernel often both say so. */
  @Test
  void aTerminalThatGoesAwayIsAStopInGoodOrder() throws Exception {
    assumeFalse(ignoresHangUp(), "SKIPPED: this process was started to ignore SIGHUP");
    StopRequest stop = new StopRequest();
    try (Signals signals = Signals.requesting(stop, lines())) {
      for (int times = 0; times < 2; times++) { // a second SIGINT would end this process
        hangUp();
        String line = told.poll(30, TimeUnit.SECONDS);
        assertTrue(line.startsWith("maskrcnn: SIGHUP: ends after this step"), line);
        assertEquals(Optional.of("SIGHUP"), stop.reason());
      }
    }
  }

  private static void hangUp() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-HUP", Long.toString(ProcessHandle.current().pid()))
        .start()
        .waitFor();
  }

  /** As /dev/full, or a pipe whose reader is gone. */
  private static final class Full extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("No space left on device");
    }
  }

  @Test
  void outputThatCannotBeWrittenIsAnError() {
    PrintStream full = new PrintStream(new Full(), true, StandardCharsets.UTF_8);
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertEquals(1, Main.run(new Console(full, errors), Work.real(), "config", "list"));
    String said = err.toString(StandardCharsets.UTF_8);
    assertTrue(said.startsWith("maskrcnn: error: standard output cannot be written"), said);
    assertEquals(1, said.lines().count(), said);
  }
}

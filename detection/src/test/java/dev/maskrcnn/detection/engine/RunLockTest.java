package dev.maskrcnn.detection.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One training run at a time writes into a folder. */
class RunLockTest {
  @TempDir Path folder;

  /** A process that holds the lock until it is killed. */
  static final class Holder {
    public static void main(String[] args) throws IOException {
      try (RunLock lock = RunLock.take(Path.of(args[0]))) {
        System.out.println("held");
        System.in.read(); // for ever
      }
    }
  }

  private void refused(long process) {
    RunException e = assertThrows(RunException.class, () -> RunLock.take(folder));
    assertEquals(
        "output folder %s: another run is writing into it (process %s); choose another with"
                .formatted(folder, process)
            + " --output-dir",
        e.getMessage());
  }

  @Test
  void aSecondRunOfThisProcessIsRefused() {
    assertFalse(RunLock.isTaken(folder));
    try (RunLock first = RunLock.take(folder)) {
      refused(ProcessHandle.current().pid());
      assertTrue(RunLock.isTaken(folder));
    }
    assertFalse(RunLock.isTaken(folder));
    RunLock.take(folder).close();
  }

  @Test
  void theLockDiesWithItsProcess() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader said =
        new BufferedReader(new InputStreamReader(other.getInputStream(), StandardCharsets.UTF_8));
    try {
      assertEquals("held", said.readLine());
      refused(other.pid());
    } finally {
      other.destroyForcibly();
    }
    assertTrue(other.waitFor() != 0);
    RunLock.take(folder).close();
  }
}

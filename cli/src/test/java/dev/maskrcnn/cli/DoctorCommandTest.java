package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DoctorCommandTest {
  private final Cli cli = new Cli();

  @Test
  void saysWhatTheMachineComputesWith() {
    assertEquals(0, cli.run("doctor"), cli::err);
    assertTrue(cli.out().contains("Java " + System.getProperty("java.version")), cli.out());
    assertTrue(cli.out().contains("\ncpu\n  "), cli.out());
    assertTrue(cli.out().contains("\n  oneDNN: 3."), cli.out());
    assertEquals("", cli.err());
  }
}

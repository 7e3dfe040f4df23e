package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.evaluate.EvaluationRun;
import dev.maskrcnn.detection.predict.PredictionRun;
import dev.maskrcnn.detection.train.TrainingRun;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs commands in this process, with recorders in place of the work. */
final class Cli {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** What the last command would have run; null if it did not get so far. */
  TrainingRun.Options trained;

  EvaluationRun.Options evaluated;
  PredictionRun.Options predicted;

  /** Why the recorded training ends early. */
  Optional<String> stopped = Optional.empty();

  /** What the work does instead of its result. */
  RuntimeException failure;

  int run(String... args) {
    return run(recorders(), args);
  }

  /** With the real work. */
  int runForReal(String... args) {
    return run(Work.real(), args);
  }

  private int run(Work runs, String... args) {
    out.reset();
    err.reset();
    Console console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return Main.run(console, runs, args);
  }

  private Work recorders() {
    return new Work(
        (options, console) -> {
          trained = options;
          fail();
          return new TrainingRun.Outcome(7, Optional.empty(), Map.of(), stopped);
        },
        (options, console) -> {
          evaluated = options;
          fail();
          return Map.of();
        },
        (options, console) -> {
          predicted = options;
          fail();
          return new PredictionRun.Outcome(options.inputs().size(), List.of());
        });
  }

  private void fail() {
    if (failure != null) {
      throw failure;
    }
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** Runs a command that must end with exit code 1 and one line that holds all these words. */
  void fails(List<String> words, String... args) {
    assertEquals(1, run(args), () -> out() + err());
    assertOneErrorLine(words);
  }

  void assertOneErrorLine(List<String> words) {
    List<String> lines =
        err().lines().filter(line -> !line.startsWith("maskrcnn: note: ")).toList();
    assertEquals(1, lines.size(), err());
    assertTrue(lines.get(0).startsWith("maskrcnn: error: "), err());
    for (String word : words) {
      assertTrue(lines.get(0).contains(word), () -> "\"" + word + "\" is not in " + err());
    }
  }
}

package dev.maskrcnn.cli;

import dev.maskrcnn.detection.engine.RunControl;
import dev.maskrcnn.detection.engine.StopRequest;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Records in DLLogger's forms (a mixin). */
final class RecordOptions {
  @Option(
      names = "--json-summary",
      paramLabel = "FILE",
      description = {
        "write DLLogger's records, one JSON object a line behind DLLL: settings, losses, AP, speed,"
            + " latency"
      })
  private Optional<Path> jsonSummary;

  @Option(
      names = "--dllogger",
      description = "print DLLogger's lines (DLL … - Training Iteration: 20 …) as well")
  private boolean lines;

  /** With a request to stop that nobody has made yet. */
  RunControl control(String recipe) {
    return new RunControl(recipe, jsonSummary, lines, new StopRequest());
  }

  /** The same, with a file to use where the user names none. */
  RunControl controlWith(String recipe, Path file) {
    return new RunControl(recipe, Optional.of(jsonSummary.orElse(file)), lines, new StopRequest());
  }
}

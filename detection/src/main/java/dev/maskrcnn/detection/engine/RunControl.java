package dev.maskrcnn.detection.engine;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a run is recorded and stopped from outside; none of it changes what is computed.
 *
 * @param recipe name or file of the configuration, for the records; empty if unknown
 * @param jsonSummary file of DLLogger's JSON lines ({@code --json-summary}); replaced if it exists
 * @param dllLines whether the console shows DLLogger's lines too, as NVIDIA's version of 2024
 * @param stop ends it early
 */
public record RunControl(
    String recipe, Optional<Path> jsonSummary, boolean dllLines, StopRequest stop) {

  /** No records, and nobody who stops it. */
  public static RunControl none() {
    return stoppedBy(new StopRequest());
  }

  /** No records. */
  public static RunControl stoppedBy(StopRequest stop) {
    return new RunControl("", Optional.empty(), false, stop);
  }
}

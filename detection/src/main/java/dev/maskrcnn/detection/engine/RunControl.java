package dev.maskrcnn.detection.engine;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a run is watched and stopped from outside; none of it changes what is computed.
 *
 * @param recipe name or file of the configuration, for the records; empty if unknown
 * @param jsonSummary file of DLLogger's JSON lines ({@code --json-summary}); replaced if it exists
 * @param dllLines whether the console shows DLLogger's lines too, as NVIDIA's version of 2024
 * @param stop ends a training run early
 * @param watch what else a training run does to be looked into
 */
public record RunControl(
    String recipe, Optional<Path> jsonSummary, boolean dllLines, StopRequest stop, Watch watch) {

  /**
   * How a training run is looked into.
   *
   * @param anomalies stop at the first op whose result is not finite; several times slower
   * @param tensorBoard write event files for TensorBoard
   */
  public record Watch(boolean anomalies, boolean tensorBoard) {
    /** Neither. */
    public static final Watch NONE = new Watch(false, false);
  }

  /** Not looked into any further. */
  public RunControl(String recipe, Optional<Path> jsonSummary, boolean dllLines, StopRequest stop) {
    this(recipe, jsonSummary, dllLines, stop, Watch.NONE);
  }

  /** The same, looked into. */
  public RunControl watched(Watch how) {
    return new RunControl(recipe, jsonSummary, dllLines, stop, how);
  }

  /** No JSON lines, and nobody who stops it. */
  public static RunControl none() {
    return new RunControl("", Optional.empty(), false, new StopRequest());
  }
}

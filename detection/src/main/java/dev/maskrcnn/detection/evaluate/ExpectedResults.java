package dev.maskrcnn.detection.evaluate;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.metrics.CocoSummary;
import java.util.List;
import java.util.Locale;

/** Compares results with {@code TEST.EXPECTED_RESULTS}; it only logs, as the original does. */
final class ExpectedResults {
  private static final String KEY = "TEST.EXPECTED_RESULTS";

  private ExpectedResults() {}

  /** Logs a line {@code PASS:} or {@code FAIL:} for each expectation on what was measured. */
  static void check(Config config, List<CocoSummary> summaries, RunLog log) {
    double tolerance = config.integer("TEST.EXPECTED_RESULTS_SIGMA_TOL");
    for (Object item : config.items(KEY)) {
      if (!(item instanceof List<?> entry)
          || entry.size() != 3
          || !(entry.get(2) instanceof List<?> range)
          || range.size() != 2
          || !(range.get(0) instanceof Number mean)
          || !(range.get(1) instanceof Number deviation)) {
        throw new RunException(
            "%s: got %s, expected entries like [\"bbox\", \"AP\", [0.377, 0.002]]"
                .formatted(KEY, item));
      }
      String task = String.valueOf(entry.get(0));
      String metric = String.valueOf(entry.get(1));
      double least = mean.doubleValue() - tolerance * deviation.doubleValue();
      double most = mean.doubleValue() + tolerance * deviation.doubleValue();
      for (CocoSummary summary : summaries) {
        if (summary.iouType().label().equals(task) && CocoSummary.names().contains(metric)) {
          report(task + " > " + metric, summary.value(metric), new double[] {least, most}, log);
        }
      }
    }
  }

  private static void report(String what, double value, double[] range, RunLog log) {
    boolean pass = value > range[0] && value < range[1];
    String message =
        String.format(
            Locale.ROOT,
            "%s: %s sanity check (actual vs. expected): %.3f vs. %.4f to %.4f",
            pass ? "PASS" : "FAIL",
            what,
            value,
            range[0],
            range[1]);
    if (pass) {
      log.info(Loggers.INFERENCE, message);
    } else {
      log.error(Loggers.INFERENCE, message);
    }
  }
}

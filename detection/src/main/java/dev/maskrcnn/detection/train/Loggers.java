package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.log.RunLog;

/** Names of the loggers, which the original's scripts search for. */
final class Loggers {
  static final String TRAINER = RunLog.ROOT + ".trainer";
  static final String INFERENCE = RunLog.ROOT + ".inference";
  static final String CHECKPOINT = RunLog.ROOT + ".utils.checkpoint";
  static final String DATA = RunLog.ROOT + ".data";
  static final String RUN = RunLog.ROOT;

  private Loggers() {}
}

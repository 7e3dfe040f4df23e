package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.log.RunLog;

/** Names of the loggers, which the original's scripts search for. */
public final class Loggers {
  public static final String TRAINER = RunLog.ROOT + ".trainer";
  public static final String INFERENCE = RunLog.ROOT + ".inference";
  public static final String CHECKPOINT = RunLog.ROOT + ".utils.checkpoint";
  static final String DATA = RunLog.ROOT + ".data";
  public static final String RUN = RunLog.ROOT;

  private Loggers() {}
}

package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.log.RunLog;
import java.nio.file.Path;

/**
 * Where a training run writes, who follows it and who may end it.
 *
 * @param outputDir folder of all files
 * @param listeners more may be added until the run begins
 */
record RunPlace(Path outputDir, RunLog log, StopRequest stop, Listeners listeners) {}

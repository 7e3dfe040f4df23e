package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.engine.UploadedBatches;
import dev.maskrcnn.detection.metrics.CocoSummary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Several listeners as one; they are told in the order in which they were added. */
final class Listeners implements TrainingListener {
  private final List<TrainingListener> all = new ArrayList<>();

  void add(TrainingListener listener) {
    all.add(listener);
  }

  @Override
  public void started(Start run) {
    all.forEach(l -> l.started(run));
  }

  @Override
  public void beforeIteration(int iteration, UploadedBatches.Batch<ImageBatch, StepFeed> batch) {
    all.forEach(l -> l.beforeIteration(iteration, batch));
  }

  @Override
  public void losses(IterationLosses losses) {
    all.forEach(l -> l.losses(losses));
  }

  @Override
  public boolean needsLosses(int iteration) {
    return all.stream().anyMatch(l -> l.needsLosses(iteration));
  }

  @Override
  public void afterIteration(int iteration) {
    all.forEach(l -> l.afterIteration(iteration));
  }

  @Override
  public void evaluated(int iteration, Map<String, List<CocoSummary>> summaries) {
    all.forEach(l -> l.evaluated(iteration, summaries));
  }

  @Override
  public void checkpointed(int iteration, Path file) {
    all.forEach(l -> l.checkpointed(iteration, file));
  }

  @Override
  public void ended(int iteration) {
    all.forEach(l -> l.ended(iteration));
  }
}

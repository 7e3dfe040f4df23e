package dev.maskrcnn.detection.train;

import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.data.CocoSource;
import dev.maskrcnn.detection.data.DamagedImages.Instead;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.PrefetchLoader;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.engine.UploadedBatches;
import dev.maskrcnn.detection.log.Meters;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The training losses on images that are not trained on, as Facebook's version computes them for
 * {@code SOLVER.TEST_PERIOD}. The samplers draw the same each time, so that the numbers of one run
 * compare.
 */
final class ValidationLosses {
  /** Keeps the random streams of batches apart; more than two for each image of a batch. */
  private static final int STREAMS = 1 << 16;

  private final TrainingLoop.Subject subject;
  private final StopRequest stop;

  ValidationLosses(TrainingLoop.Subject subject, StopRequest stop) {
    this.subject = subject;
    this.stop = stop;
  }

  /** Medians and averages over the batches of a data set; {@code loss} is the total. */
  Meters of(CocoDataset dataset) {
    Session session = subject.session();
    CocoSource source =
        CocoSource.forTraining(dataset, BatchPipeline.trainingRule(session.config()));
    BatchPipeline pipeline = BatchPipeline.of(session);
    Meters meters = new Meters();
    int[] all = IntStream.range(0, source.size()).toArray();
    long number = 0;
    try (PrefetchLoader<ImageBatch> loader = pipeline.test(source, all, Instead.NEXT_IMAGE);
        UploadedBatches<ImageBatch, StepFeed> batches =
            new UploadedBatches<>(
                session.device(), loader, StepFeed.uploader(session.device(), 0))) {
      while (batches.hasNext() && !stop.requested()) {
        try (UploadedBatches.Batch<ImageBatch, StepFeed> batch = batches.next()) {
          batches.ahead();
          meters.update(losses(session, batch.tensors(), number++));
        }
      }
    }
    return meters;
  }

  private Map<String, Double> losses(Session session, StepFeed feed, long number) {
    Device device = session.device();
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", 0.0);
    try (Frame frame = device.push("validation losses");
        Tape tape = new Tape(device)) {
      session
          .model()
          .losses(
              tape,
              feed.input(),
              feed.truth(),
              new Draw(subject.seed(), number * STREAMS),
              Stages.NONE)
          .forEach((name, loss) -> values.put(name, loss.value().item()));
    }
    values.put("loss", values.values().stream().mapToDouble(Double::doubleValue).sum());
    return values;
  }
}

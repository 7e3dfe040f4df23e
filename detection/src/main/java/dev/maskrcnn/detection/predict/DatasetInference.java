package dev.maskrcnn.detection.predict;

import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.data.CocoSource;
import dev.maskrcnn.detection.data.DamagedImages.Instead;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.PrefetchLoader;
import dev.maskrcnn.detection.data.Sample;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.engine.UploadedBatches;
import dev.maskrcnn.detection.log.ProgressBar;
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.detection.model.Input;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** Runs a model over images of a data set. */
public final class DatasetInference {
  private final Session session;
  private final CocoDataset dataset;
  private final CocoSource source;
  private final DetectionPaster paster;
  private final List<Double> batchSeconds = new ArrayList<>();
  private final StopRequest stop;
  private final int mostBatches;
  private final Set<Integer> leftOut = new TreeSet<>();
  private int done;
  private int launched;

  /** Looks at all images that {@link #run} is asked for. */
  public DatasetInference(Session session, CocoDataset dataset) {
    this(session, dataset, new StopRequest(), OptionalInt.empty());
  }

  /**
   * @param stop ends {@link #run} before its time
   * @param batches after which it ends as well
   */
  public DatasetInference(
      Session session, CocoDataset dataset, StopRequest stop, OptionalInt batches) {
    this.session = session;
    this.dataset = dataset;
    this.stop = stop;
    this.mostBatches = batches.orElse(Integer.MAX_VALUE);
    this.source = CocoSource.forTest(dataset, session.boxOffset());
    this.paster = paster(session, 0);
  }

  /**
   * How long upload and model took for each batch so far, in seconds, without loading and pasting.
   */
  public double[] batchSeconds() {
    return batchSeconds.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** How many images were looked at so far. */
  public int done() {
    return done;
  }

  /** Which images were left out because they are damaged; nothing was found in them. */
  public Set<Integer> leftOut() {
    return leftOut;
  }

  /** How many batches were launched as CUDA graphs so far. */
  public int launched() {
    return launched;
  }

  static DetectionPaster paster(Session session, double minimumScore) {
    double threshold = session.config().number("MODEL.ROI_MASK_HEAD.POSTPROCESS_MASKS_THRESHOLD");
    return new DetectionPaster(
        session.device(),
        new DetectionPaster.Settings(
            session.boxOffset(), threshold, minimumScore, session.continuousPaste()));
  }

  /**
   * Finds objects.
   *
   * @param indices which images, in the order of their ids
   * @param progress is advanced by each image
   * @return for each of the images, its records
   */
  public List<List<DetectionRecord>> run(int[] indices, ProgressBar progress) {
    List<List<DetectionRecord>> found = new ArrayList<>();
    for (int i = 0; i < source.size(); i++) {
      found.add(List.of());
    }
    int before = session.detections().launched();
    BatchPipeline pipeline = BatchPipeline.of(session);
    try (PrefetchLoader<ImageBatch> loader = pipeline.test(source, indices, Instead.BLANK);
        UploadedBatches<ImageBatch, Input> batches =
            new UploadedBatches<>(
                session.device(),
                loader,
                (loaded, number) -> BatchUpload.imagesAhead(session.device(), loaded))) {
      while (batches.hasNext() && batchSeconds.size() < mostBatches && !stop.requested()) {
        List<Detections> detections;
        ImageBatch batch;
        try (UploadedBatches.Batch<ImageBatch, Input> uploaded = batches.next()) {
          batches.ahead();
          long from = System.nanoTime();
          batch = uploaded.host();
          detections = session.detections().detect(uploaded.tensors());
          batchSeconds.add((System.nanoTime() - from) / 1e9 + uploaded.uploadSeconds());
        }
        done += batch.count();
        for (int i = 0; i < batch.count(); i++) {
          Sample sample = batch.samples().get(i);
          if (pipeline.leftOut(sample.entry().file())) {
            leftOut.add(sample.index());
          } else {
            found.set(
                sample.index(),
                paster.records(image(sample), detections.get(i), this::categoryIdOf));
          }
        }
        progress.advance(batch.count());
      }
    } finally {
      session.detections().close();
      launched += session.detections().launched() - before;
    }
    return Arrays.stream(indices).mapToObj(found::get).toList();
  }

  private int categoryIdOf(int label) {
    return label == 0 ? 0 : dataset.categoryIdOf(label);
  }

  static DetectionPaster.Image image(Sample sample) {
    return new DetectionPaster.Image(
        sample.entry().imageId(), sample.networkSize(), sample.entry().size());
  }
}

package dev.maskrcnn.detection.predict;

import static java.util.stream.Collectors.joining;

import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.data.DataException;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.ImageEntry;
import dev.maskrcnn.detection.data.PrefetchLoader;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.engine.TrainedSession;
import dev.maskrcnn.detection.engine.UploadedBatches;
import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.log.ProgressBar;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.log.SafeText;
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.io.FileFailure;
import dev.maskrcnn.tensor.io.Leftovers;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** A model on single images: one JSON file and one picture each. */
public final class PredictionRun {

  /**
   * What to predict.
   *
   * @param model what finds the objects; its class count is taken from the weights
   * @param inputs images, or folders whose images are taken in the order of their names
   * @param outputDir folder of {@code <image>.json} and {@code <image>_overlay.png}
   * @param drawing what is written and drawn
   * @param watch goes on with what is put into the folders until it is asked to end; empty to
   *     predict what is there
   */
  public record Options(
      TrainedSession.Choice model,
      List<Path> inputs,
      Path outputDir,
      Drawing drawing,
      Optional<StopRequest> watch) {
    public Options {
      inputs = List.copyOf(inputs);
    }
  }

  /**
   * What is written and drawn.
   *
   * @param threshold least score of a detection
   * @param heatMaps panels in a row, and rows, of {@code <image>_heatmaps.png}, which shows the
   *     masks' probabilities; 0 for none
   */
  public record Drawing(double threshold, int heatMaps) {
    public Drawing {
      if (heatMaps < 0) {
        throw new RunException("predict: %s panels of masks in a row".formatted(heatMaps));
      }
      if (!(threshold >= 0 && threshold <= 1)) {
        throw new RunException(
            "predict: threshold %s, expected a score from 0 to 1".formatted(threshold));
      }
    }
  }

  /**
   * What came of it.
   *
   * @param images images that were predicted
   * @param problems a line for each image that could not be read, with its name and the reason; all
   *     were reported on the console. The command should end with an exit code other than 0 if
   *     there are any
   */
  public record Outcome(int images, List<String> problems) {
    public Outcome {
      problems = List.copyOf(problems);
    }
  }

  /** An image on its way to the model, or why it is not. */
  private record Prepared(Path file, RgbImage image, ImageBatch batch, String problem) {
    static UploadedBatches.Uploader<Prepared, Optional<Input>> uploader(Device device) {
      return (image, number) -> {
        if (image.batch == null) {
          return Optional::empty;
        }
        Supplier<Input> input = BatchUpload.imagesAhead(device, image.batch);
        return () -> Optional.of(input.get());
      };
    }
  }

  private static final long LOOK_MILLIS = 500;

  private final Options options;
  private final RunLog log;
  private final PredictionFiles.Names names = new PredictionFiles.Names();
  private final List<String> problems = new ArrayList<>();
  private int done;

  private PredictionRun(Options options, RunLog log) {
    this.options = options;
    this.log = log;
  }

  /**
   * Predicts.
   *
   * @throws RunException if something the user gave is wrong; other unchecked exceptions of this
   *     module's packages carry one line for the user as well
   */
  public static Outcome run(Options options, PrintStream console) {
    try (RunLog log = RunLog.consoleOnly(console)) {
      return new PredictionRun(options, log).run();
    }
  }

  private Outcome run() {
    Optional<FolderWatch> folders = options.watch.map(stop -> new FolderWatch(options.inputs));
    Optional<PredictionFiles> files =
        folders.isPresent() ? Optional.empty() : Optional.of(named(options.inputs));
    try {
      Files.createDirectories(options.outputDir);
      Leftovers.remove(options.outputDir, 1);
    } catch (IOException e) {
      throw new RunException(options.outputDir + ": cannot be made: " + FileFailure.reason(e), e);
    }
    try (TrainedSession model = TrainedSession.open(options.model, log)) {
      Session session = model.session();
      PredictionWriter writer = new PredictionWriter(model.categories());
      if (options.drawing.heatMaps > 0 && !session.hasMasks()) {
        log.warning(
            Loggers.INFERENCE, options.model.weights() + ": has no mask head, no masks are drawn");
      }
      if (files.isPresent()) {
        predict(session, files.get(), writer);
      } else {
        watch(session, folders.get(), writer);
      }
      if (session.detections().launched() > 0) {
        log.info(
            Loggers.INFERENCE,
            "%s of %s images were launched as CUDA graphs"
                .formatted(session.detections().launched(), done));
      }
    }
    log.info(
        Loggers.INFERENCE,
        "%s images predicted into %s%s"
            .formatted(
                done,
                options.outputDir,
                problems.isEmpty() ? "" : ", %s could not be read".formatted(problems.size())));
    return new Outcome(done, problems);
  }

  private PredictionFiles named(List<Path> inputs) {
    return PredictionFiles.of(inputs, options.outputDir, names);
  }

  private void watch(Session session, FolderWatch folders, PredictionWriter writer) {
    StopRequest stop = options.watch.orElseThrow();
    log.info(
        Loggers.INFERENCE,
        "watching %s; Ctrl-C ends"
            .formatted(options.inputs.stream().map(Path::toString).collect(joining(", "))));
    try {
      while (!stop.requested()) {
        List<Path> fresh = folders.settled();
        if (fresh.isEmpty()) {
          Thread.sleep(LOOK_MILLIS);
        }
        for (Path file : fresh) {
          if (!stop.requested()) {
            predict(session, named(List.of(file)), writer);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void predict(Session session, PredictionFiles files, PredictionWriter writer) {
    BatchPipeline pipeline = BatchPipeline.of(session);
    List<Path> inputs = files.inputs();
    boolean one = options.watch.isPresent();
    try (ProgressBar progress = log.progress("predicting", inputs.size());
        PrefetchLoader<Prepared> loader =
            new PrefetchLoader<>(
                pipeline.threads("image-loader"),
                IntStream.range(0, inputs.size()).iterator(),
                index -> prepare(pipeline, inputs.get(index), index));
        UploadedBatches<Prepared, Optional<Input>> images =
            new UploadedBatches<>(session.device(), loader, Prepared.uploader(session.device()))) {
      for (int i = 0; images.hasNext(); i++) {
        try (UploadedBatches.Batch<Prepared, Optional<Input>> batch = images.next()) {
          images.ahead();
          Prepared image = batch.host();
          if (image.problem != null) {
            problems.add(image.problem);
            log.error(Loggers.INFERENCE, image.problem);
          } else {
            Detections found = session.detections().detect(batch.tensors().orElseThrow()).get(0);
            int objects = write(session, image, found, writer, files.outputs().get(i));
            done++;
            if (one) {
              log.info(
                  Loggers.INFERENCE,
                  "%s: %s objects".formatted(SafeText.line(image.file.toString()), objects));
            }
          }
        }
        progress.step();
      }
    }
  }

  /** Returns how many objects were found. */
  private int write(
      Session session,
      Prepared image,
      Detections found,
      PredictionWriter writer,
      PredictionFiles.Output output) {
    DetectionPaster.Image place = DatasetInference.image(image.batch.samples().get(0));
    List<DetectionRecord> records =
        DatasetInference.paster(session, options.drawing.threshold)
            .records(place, found, writer::categoryIdOf);
    writer.write(image.file, image.image, records, output);
    if (options.drawing.heatMaps > 0 && session.hasMasks()) {
      writer.writeHeatMaps(
          image.image,
          place,
          found,
          new PredictionWriter.Montage(
              output.heatMaps(), options.drawing.heatMaps, options.drawing.threshold));
    }
    return records.size();
  }

  private Prepared prepare(BatchPipeline pipeline, Path file, int index) {
    try {
      RgbImage image = ImageReader.read(file, BatchPipeline.orientation(options.model.config()));
      ImageBatch batch = pipeline.single(ImageEntry.of(index, file, image), index, image);
      return new Prepared(file, image, batch, null);
    } catch (ImageFormatException | DataException e) {
      return new Prepared(file, null, null, e.getMessage());
    }
  }
}

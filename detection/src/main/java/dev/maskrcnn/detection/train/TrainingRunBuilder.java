package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.engine.RunControl;
import dev.maskrcnn.tensor.device.DeviceChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Puts together what a {@link TrainingRun} is given; whatever is not named keeps its default. */
public final class TrainingRunBuilder {
  private Config config;
  private DataSources data;
  private Path outputDir;
  private DeviceChoice device = DeviceChoice.of("cpu");
  private Optional<Path> weights = Optional.empty();
  private boolean resume;
  private boolean evaluate = true;
  private boolean anomalies;
  private boolean tensorBoard;
  private OptionalInt maxSteps = OptionalInt.empty();
  private long seed = 1;
  private RunControl control = RunControl.none();
  private List<TrainingListener> listeners = new ArrayList<>();

  /**
   * A run from the beginning, on the CPU, that evaluates at its end.
   *
   * @param config all settings; the class count is taken from the annotations
   * @param data at least one set to train on
   * @param outputDir folder of all files; made if missing
   */
  public TrainingRunBuilder(Config config, DataSources data, Path outputDir) {
    this.config = config;
    this.data = data;
    this.outputDir = outputDir;
  }

  /** A run like another. */
  static TrainingRunBuilder like(TrainingRun.Options o) {
    TrainingRunBuilder b = new TrainingRunBuilder(o.config(), o.data(), o.outputDir());
    b.device = o.device();
    b.weights = o.start().weights();
    b.resume = o.start().resume();
    b.seed = o.start().seed();
    b.evaluate = o.extent().evaluate();
    b.maxSteps = o.extent().maxSteps();
    b.control = o.watch().control();
    b.anomalies = o.watch().anomalies();
    b.tensorBoard = o.watch().tensorBoard();
    b.listeners = new ArrayList<>(o.watch().listeners());
    return b;
  }

  /** With other settings. */
  public TrainingRunBuilder config(Config settings) {
    config = settings;
    return this;
  }

  /** On other data. */
  public TrainingRunBuilder data(DataSources sources) {
    data = sources;
    return this;
  }

  /** On another device: {@code cuda} or {@code cuda:n}. */
  public TrainingRunBuilder device(String name) {
    return device(DeviceChoice.of(name));
  }

  /** On another device, with options of its own. */
  public TrainingRunBuilder device(DeviceChoice choice) {
    device = choice;
    return this;
  }

  /** From the weights of a file in any form that is read, in place of {@code MODEL.WEIGHT}. */
  public TrainingRunBuilder weights(Path file) {
    weights = Optional.of(file);
    return this;
  }

  /** Goes on from the last checkpoint of the output folder, if there is one. */
  public TrainingRunBuilder resume() {
    resume = true;
    return this;
  }

  /** Whether to evaluate at the end. */
  public TrainingRunBuilder evaluateAtEnd(boolean wanted) {
    evaluate = wanted;
    return this;
  }

  /** Stops after so many iterations; the schedule stays the configuration's. */
  public TrainingRunBuilder maxSteps(int iterations) {
    maxSteps = OptionalInt.of(iterations);
    return this;
  }

  /** Of initial weights, the order of the data, and what is sampled. */
  public TrainingRunBuilder seed(long value) {
    seed = value;
    return this;
  }

  /** How it is recorded and stopped. */
  public TrainingRunBuilder control(RunControl by) {
    control = by;
    return this;
  }

  /** Follows the run; several are told in the order of these calls. */
  public TrainingRunBuilder listener(TrainingListener listener) {
    listeners.add(listener);
    return this;
  }

  /** Stops at the first op whose result is not finite; several times slower. */
  public TrainingRunBuilder detectAnomalies(boolean wanted) {
    anomalies = wanted;
    return this;
  }

  /** Writes event files for TensorBoard. */
  public TrainingRunBuilder tensorBoard(boolean wanted) {
    tensorBoard = wanted;
    return this;
  }

  /** What was put together. */
  public TrainingRun.Options build() {
    return new TrainingRun.Options(
        config,
        device,
        data,
        outputDir,
        new TrainingRun.Start(weights, resume, seed),
        new TrainingRun.Extent(maxSteps, evaluate),
        new TrainingRun.Watch(control, anomalies, tensorBoard, listeners));
  }
}

package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.engine.RunControl;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** Puts together what a {@link TrainingRun} is given; whatever is not named keeps its default. */
public final class TrainingRunBuilder {
  private Config config;
  private DataSources data;
  private Path outputDir;
  private String deviceName = "cpu";
  private Optional<Path> weights = Optional.empty();
  private boolean resume;
  private boolean skipTest;
  private OptionalInt maxSteps = OptionalInt.empty();
  private long seed = 1;
  private RunControl control = RunControl.none();

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
    b.deviceName = o.deviceName();
    b.weights = o.weights();
    b.resume = o.resume();
    b.skipTest = o.skipTest();
    b.maxSteps = o.maxSteps();
    b.seed = o.seed();
    b.control = o.control();
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
    deviceName = name;
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
    skipTest = !wanted;
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

  /** How it is watched and stopped. */
  public TrainingRunBuilder control(RunControl by) {
    control = by;
    return this;
  }

  /** What was put together. */
  public TrainingRun.Options build() {
    return new TrainingRun.Options(
        config, deviceName, data, outputDir, weights, resume, skipTest, maxSteps, seed, control);
  }
}

package dev.maskrcnn.detection.log;

/**
 * The line a training run prints every {@value #PERIOD} iterations and at its end, byte for byte
 * that of NVIDIA's Mask R-CNN of 2019:
 *
 * <pre>
 * eta: 4:42:15  iter: 20  loss: 1.9 (2.1)  …  time: …  data: …  lr: 0.014347  max mem: 3508
 * </pre>
 *
 * @param iteration 1-based number of the iteration just done
 * @param maxIteration the last iteration of the run; with {@code time}'s average it gives the ETA
 * @param learningRate of the weights, as the optimiser's first parameter group has it
 * @param maxMemoryMegabytes peak device memory in MiB
 */
public record TrainingLine(
    long iteration, long maxIteration, double learningRate, double maxMemoryMegabytes) {
  /** Iterations from one line to the next. */
  public static final int PERIOD = 20;

  static final String DELIMITER = "  ";

  /**
   * @return whether this iteration prints a line: each {@value #PERIOD}th and the last
   */
  public boolean due() {
    return iteration % PERIOD == 0 || iteration == maxIteration;
  }

  /**
   * @param meters loss, its parts, then {@code time} and {@code data} in seconds; the ETA is the
   *     average of {@code time} times the iterations left, in whole seconds
   * @return the line, without a line break
   */
  public String format(Meters meters) {
    return String.join(
        DELIMITER,
        "eta: " + eta(meters),
        "iter: " + iteration,
        meters.toString(),
        "lr: " + PythonText.fixed(learningRate, 6),
        "max mem: " + PythonText.fixed(maxMemoryMegabytes, 0));
  }

  /**
   * @param meters with {@code time} in seconds
   * @return the time that is left, {@code 4:42:15}
   */
  public String eta(Meters meters) {
    double seconds = meters.meter("time").average() * (maxIteration - iteration);
    return PythonText.duration(Double.isFinite(seconds) ? Math.floor(seconds) : seconds);
  }

  /**
   * The line at the end of a training run.
   *
   * @param seconds wall time of the run
   * @param iterations length of the schedule, the original's divisor even after a resume
   * @return {@code Total training time: 4:42:15.123456 (0.2345 s / it)}
   */
  public static String totalTime(double seconds, long iterations) {
    return "Total training time: "
        + PythonText.duration(seconds)
        + " ("
        + PythonText.fixed(seconds / iterations, 4)
        + " s / it)";
  }
}

package dev.maskrcnn.nn.optim;

import java.util.Arrays;
import java.util.Locale;

/**
 * Learning rate as a function of the number of updates already made: a warm-up followed by a
 * staircase, {@code WarmupMultiStepLR} of maskrcnn-benchmark.
 *
 * <p>Let {@code t} be the zero-based update ({@code t = 0} for the first one), {@code T} the
 * warm-up length, {@code f} the warm-up factor and {@code k} the number of milestones {@code <= t}.
 * Then
 *
 * <ul>
 *   <li>{@code CONSTANT}: {@code base * f * gamma^k} for {@code t < T};
 *   <li>{@code LINEAR}: {@code base * (f (1 - t/T) + t/T) * gamma^k} for {@code t < T};
 *   <li>{@code MLPERF_LINEAR}: {@code (base - (T - t) f) * gamma^k} for {@code t < T}. Here {@code
 *       f} is an absolute step in learning rate per update, subtracted alike from the rate of the
 *       weights and from the doubled rate of the biases;
 *   <li>{@code base * gamma^k} from {@code t = T} on.
 * </ul>
 *
 * <p>The schedule is a pure function of {@code t}; nothing needs to be saved in a checkpoint but
 * the update count. With gradient accumulation {@code t} counts optimizer updates, not
 * micro-batches. An update that a loss scaler skips still counts, as in the original.
 *
 * @param warmup how the rate starts
 * @param gamma factor at each milestone, {@code > 0}
 * @param milestones updates at which the rate is multiplied by {@code gamma}, ascending; a repeated
 *     one counts twice
 * @param negative what to do where {@code MLPERF_LINEAR} falls below zero
 */
public record LrSchedule(Warmup warmup, double gamma, long[] milestones, Negative negative) {

  /** Shape of the warm-up. */
  public enum Method {
    /** Constant fraction of the base rate. */
    CONSTANT,
    /** Straight line from {@code factor * base} to {@code base}. */
    LINEAR,
    /** Straight line that ends at {@code base} with slope {@code factor} per update. */
    MLPERF_LINEAR;

    /**
     * The method of a configuration value.
     *
     * @param name {@code constant}, {@code linear} or {@code mlperf_linear}
     * @throws LrScheduleException for any other name
     */
    public static Method named(String name) {
      for (Method method : values()) {
        if (method.toString().equals(name)) {
          return method;
        }
      }
      throw new LrScheduleException(
          "SOLVER.WARMUP_METHOD: unknown method, got \""
              + name
              + "\", expected constant, linear or mlperf_linear");
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What becomes of a rate below zero; only {@link Method#MLPERF_LINEAR} can produce one. */
  public enum Negative {
    /** Rates below zero become zero: training waits instead of climbing the loss. */
    CLAMP,
    /** As the original computes it, negative rates included; for comparing runs with it. */
    KEEP
  }

  /**
   * The start of a schedule.
   *
   * @param method its shape
   * @param factor fraction of the base rate at update 0, or for {@link Method#MLPERF_LINEAR} the
   *     increase per update; finite and not negative
   * @param updates its length; 0 for none
   */
  public record Warmup(Method method, double factor, long updates) {
    /** No warm-up at all. */
    public static final Warmup NONE = new Warmup(Method.CONSTANT, 1, 0);

    /** Checks the ranges. */
    public Warmup {
      if (method == null) {
        throw new LrScheduleException("warm-up method: missing, expected one of Method");
      }
      if (!(factor >= 0) || Double.isInfinite(factor)) {
        throw new LrScheduleException(
            "SOLVER.WARMUP_FACTOR: must be finite and not negative, got " + factor);
      }
      if (updates < 0) {
        throw new LrScheduleException("SOLVER.WARMUP_ITERS: must not be negative, got " + updates);
      }
    }
  }

  /** Checks the ranges and that the milestones ascend. */
  public LrSchedule {
    if (warmup == null || milestones == null || negative == null) {
      throw new LrScheduleException("learning-rate schedule: warm-up, milestones or rule missing");
    }
    if (!(gamma > 0) || Double.isInfinite(gamma)) {
      throw new LrScheduleException("SOLVER.GAMMA: must be finite and above 0, got " + gamma);
    }
    milestones = milestones.clone();
    for (int i = 0; i < milestones.length; i++) {
      if (milestones[i] < (i == 0 ? 0 : milestones[i - 1])) {
        throw new LrScheduleException(
            "SOLVER.STEPS: must ascend from 0, got " + Arrays.toString(milestones));
      }
    }
  }

  /** A schedule that clamps negative rates at zero. */
  public static LrSchedule of(Warmup warmup, double gamma, long... milestones) {
    return new LrSchedule(warmup, gamma, milestones, Negative.CLAMP);
  }

  /** The same schedule with another rule for rates below zero. */
  public LrSchedule withNegative(Negative rule) {
    return new LrSchedule(warmup, gamma, milestones, rule);
  }

  /**
   * Learning rate of a parameter group.
   *
   * @param update zero-based update
   * @param baseRate the group's base rate: {@code BASE_LR}, or {@code BASE_LR * BIAS_LR_FACTOR}
   */
  public double rate(long update, double baseRate) {
    double decay = decay(update);
    if (update >= warmup.updates) {
      return baseRate * decay;
    }
    double warm =
        switch (warmup.method) {
          case CONSTANT -> baseRate * warmup.factor;
          case LINEAR -> {
            double alpha = (double) update / warmup.updates;
            yield baseRate * (warmup.factor * (1 - alpha) + alpha);
          }
          case MLPERF_LINEAR -> baseRate - (warmup.updates - update) * warmup.factor;
        };
    double rate = warm * decay;
    return negative == Negative.CLAMP ? Math.max(0, rate) : rate;
  }

  /** {@code gamma} to the number of milestones at or before {@code update}. */
  public double decay(long update) {
    if (update < 0) {
      throw new LrScheduleException("learning-rate schedule: update must be >= 0, got " + update);
    }
    int passed = 0;
    while (passed < milestones.length && milestones[passed] <= update) {
      passed++;
    }
    return Math.pow(gamma, passed);
  }

  @Override
  public long[] milestones() {
    return milestones.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LrSchedule that
        && warmup.equals(that.warmup)
        && Double.compare(gamma, that.gamma) == 0
        && Arrays.equals(milestones, that.milestones)
        && negative == that.negative;
  }

  @Override
  public int hashCode() {
    return 31 * warmup.hashCode() + Arrays.hashCode(milestones);
  }

  @Override
  public String toString() {
    return "LrSchedule["
        + warmup.method
        + " warm-up of "
        + warmup.updates
        + " updates with factor "
        + warmup.factor
        + ", x "
        + gamma
        + " at "
        + Arrays.toString(milestones)
        + "]";
  }
}

package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.nn.optim.LrSchedule;
import dev.maskrcnn.nn.optim.LrScheduleException;
import dev.maskrcnn.nn.optim.Sgd;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * The {@code SOLVER} keys, typed and checked.
 *
 * @param end the last iteration
 * @param checkpointPeriod iterations from one checkpoint to the next
 * @param checkpoints whether to write any
 * @param accumulate iterations (micro-batches) whose gradients make one update, 1 without
 *     accumulation
 * @param early whether the first update comes after one micro-batch less, as the original's does
 * @param sgd of the optimiser
 * @param schedule of the learning rate, over updates
 */
record SolverSettings(
    int end,
    int checkpointPeriod,
    boolean checkpoints,
    int accumulate,
    boolean early,
    Sgd.Settings sgd,
    LrSchedule schedule) {

  /** Reads them; {@code maxSteps} replaces MAX_ITER. */
  static SolverSettings of(Config c, OptionalInt maxSteps) {
    int end = maxSteps.orElse(c.integer("SOLVER.MAX_ITER"));
    int period = c.integer("SOLVER.CHECKPOINT_PERIOD");
    int steps = c.integer("SOLVER.ACCUMULATE_STEPS");
    require("SOLVER.MAX_ITER", end);
    return new SolverSettings(
        end,
        period,
        c.flag("SAVE_CHECKPOINT"),
        c.flag("SOLVER.ACCUMULATE_GRAD") ? steps : 1,
        c.flag("SOLVER.ACCUMULATE_COMPAT") && c.flag("SOLVER.ACCUMULATE_GRAD") && steps > 1,
        sgd(c),
        schedule(c));
  }

  private static Sgd.Settings sgd(Config given) {
    Config c = Family.withDefaults(given);
    double decay = c.number("SOLVER.WEIGHT_DECAY");
    double biasDecay = c.number("SOLVER.WEIGHT_DECAY_BIAS");
    return new Sgd.Settings(
        c.number("SOLVER.BASE_LR"),
        c.number("SOLVER.BIAS_LR_FACTOR"),
        c.number("SOLVER.MOMENTUM"),
        decay,
        biasDecay == -1 ? decay : biasDecay);
  }

  private static void require(String key, int value) {
    if (value < 1) {
      throw new RunException("%s: got %s, expected at least 1".formatted(key, value));
    }
  }

  private static LrSchedule schedule(Config c) {
    try {
      return LrSchedule.of(
          new LrSchedule.Warmup(
              LrSchedule.Method.named(c.text("SOLVER.WARMUP_METHOD")),
              c.number("SOLVER.WARMUP_FACTOR"),
              c.integer("SOLVER.WARMUP_ITERS")),
          c.number("SOLVER.GAMMA"),
          Arrays.stream(c.integers("SOLVER.STEPS")).asLongStream().toArray());
    } catch (LrScheduleException e) {
      throw new RunException(e.getMessage(), e);
    }
  }

  /** Number of the update, from 0, that this iteration belongs to. */
  long updateOf(int iteration) {
    return (iteration - 1L + (early ? 1 : 0)) / accumulate;
  }

  /** Whether this iteration completes an update. */
  boolean updates(int iteration) {
    return (iteration + (early ? 1 : 0)) % accumulate == 0;
  }

  /**
   * Whether a checkpoint is written after this iteration. Between two updates it waits for the
   * second, because gradients are not part of a checkpoint.
   */
  boolean checkpointDue(int iteration) {
    int before = Math.max(0, iteration - accumulate);
    return checkpoints
        && updates(iteration)
        && iteration / checkpointPeriod > before / checkpointPeriod;
  }

  /** Iterations at the end whose gradients are not enough for an update and have no effect. */
  int leftOver() {
    return (end + (early ? 1 : 0)) % accumulate;
  }

  /** Learning rate of the weights in an iteration. */
  double rate(int iteration) {
    return schedule.rate(updateOf(iteration), sgd.baseRate());
  }
}

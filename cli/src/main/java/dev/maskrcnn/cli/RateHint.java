package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What to do about the learning rate when a run has another batch size than its recipe: the linear
 * scaling rule (Goyal et al. 2017, "Accurate, Large Minibatch SGD"), which all recipes of the
 * original follow.
 */
final class RateHint {
  private static final String LR = "SOLVER.BASE_LR";
  private static final String ITERATIONS = "SOLVER.MAX_ITER";
  private static final String STEPS = "SOLVER.STEPS";
  private static final MathContext FOUR_DIGITS = new MathContext(4, RoundingMode.HALF_UP);

  private RateHint() {}

  /**
   * A sentence for the user.
   *
   * @param recipe the settings before overrides
   * @param config the settings of the run
   * @return empty if the batch is the recipe's, or the rate was chosen by the user
   */
  static Optional<String> of(Config recipe, Config config) {
    int meant = imagesPerUpdate(recipe);
    int used = imagesPerUpdate(config);
    if (meant == used || meant < 1 || used < 1 || recipe.number(LR) != config.number(LR)) {
      return Optional.empty();
    }
    double factor = (double) meant / used;
    List<String> words = new ArrayList<>();
    words.add("%s %s".formatted(LR, Double.toString(rounded(config.number(LR) / factor))));
    if (recipe.integer(ITERATIONS) == config.integer(ITERATIONS)) {
      double batches = factor * accumulate(config) / accumulate(recipe);
      words.add("%s %s".formatted(ITERATIONS, Math.round(recipe.integer(ITERATIONS) * batches)));
    }
    if (Arrays.equals(recipe.integers(STEPS), config.integers(STEPS))) {
      words.add(
          STEPS
              + Arrays.stream(recipe.integers(STEPS))
                  .mapToObj(s -> Long.toString(Math.round(s * factor)))
                  .toList()
                  .toString()
                  .replace("[", " \"(")
                  .replace("]", ",)\""));
    }
    return Optional.of(
        "%s images per update, but the recipe's %s %s is for %s; the linear rule gives %s"
            .formatted(used, LR, recipe.number(LR), meant, String.join(" ", words)));
  }

  private static double rounded(double rate) {
    return BigDecimal.valueOf(rate).round(FOUR_DIGITS).doubleValue();
  }

  private static int accumulate(Config c) {
    return c.flag("SOLVER.ACCUMULATE_GRAD") ? c.integer("SOLVER.ACCUMULATE_STEPS") : 1;
  }

  private static int imagesPerUpdate(Config c) {
    return c.integer("SOLVER.IMS_PER_BATCH") * accumulate(c);
  }
}

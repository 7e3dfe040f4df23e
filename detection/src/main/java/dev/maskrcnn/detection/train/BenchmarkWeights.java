package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.optim.Sgd;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * Random weights with which a network computes what a trained one does in the same time.
 *
 * <p>A network with frozen norms and random weights does not do: each of its residual blocks
 * doubles the variance, so activations leave the range of float16. Here the last norm of each block
 * is scaled down, as batch norm would do it.
 */
public final class BenchmarkWeights {
  private static final float BRANCH = 0.2f;

  private BenchmarkWeights() {}

  /**
   * Writes a safetensors file of random weights for a configuration.
   *
   * @param config all settings, with the class count of the data
   * @param file replaced if it exists
   * @throws dev.maskrcnn.detection.engine.RunException if the configuration cannot be built
   */
  public static void write(Config config, Path file) {
    Config plain = config.with("DTYPE", "float32");
    SolverSettings solver = SolverSettings.of(plain, OptionalInt.empty());
    try (Session session = Session.open("cpu", plain, 1);
        Sgd none = new Sgd(session.model().state(), solver.sgd())) {
      for (Parameter p : session.model().state().all()) {
        if (p.name().endsWith("bn3.weight")) {
          float[] scale = new float[Math.toIntExact(p.shape().size())];
          Arrays.fill(scale, BRANCH);
          p.load(scale);
        }
      }
      Checkpoint.saveAside(
          file,
          session.model().state(),
          none,
          new Checkpoint.State(0, 1, solver.schedule().toString(), plain, List.of()));
    }
  }
}

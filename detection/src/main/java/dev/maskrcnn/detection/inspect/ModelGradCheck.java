package dev.maskrcnn.detection.inspect;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Checks the gradients of a whole model: for each weight, the slope of the loss along its own
 * gradient against central differences. Weights of the heads are checked with the losses of the
 * heads, all others with those of the RPN: proposals count as constants in Mask R-CNN, so a
 * difference of the heads' losses by what moves proposals is another number by design.
 */
public final class ModelGradCheck {
  /**
   * Lengths of the moves, relative to the weight's own. In f32 a short move drowns in rounding and
   * a long one leaves the tangent; which is right depends on the weight, so several are tried.
   */
  private static final double[] MOVES = {1e-2, 1e-3, 3e-3, 3e-4, 3e-2, 1e-4, 1e-1, 3e-5};

  private static final double GOOD = 0.01;

  private static final long SEED = 1;
  private static final String HEADS = "roi_heads.";

  /**
   * One weight.
   *
   * @param name its name
   * @param analytic squared length of its gradient
   * @param numeric slope of the loss along it, by differences
   */
  public record Check(String name, double analytic, double numeric) {
    /** Difference relative to the larger of the two. */
    public double error() {
      double most = Math.max(Math.abs(analytic), Math.abs(numeric));
      return most == 0 ? 0 : Math.abs(analytic - numeric) / most;
    }
  }

  private final Specimen specimen;
  private final Device device;
  private final ImageBatch batch;

  private ModelGradCheck(Specimen specimen) {
    this.specimen = specimen;
    this.device = specimen.device();
    this.batch = specimen.trainingBatch();
  }

  /** Checks every weight that is trained and has a gradient; tells of each as it is done. */
  public static List<Check> run(Specimen specimen, Consumer<Check> done) {
    ModelGradCheck check = new ModelGradCheck(specimen);
    List<Check> all = new ArrayList<>();
    for (boolean heads : new boolean[] {false, true}) {
      Map<Parameter, float[]> gradients = check.gradients(heads);
      gradients.forEach(
          (parameter, gradient) -> {
            Check c = check.check(parameter, gradient, heads);
            all.add(c);
            done.accept(c);
          });
    }
    return all;
  }

  private static boolean counts(String loss, boolean heads) {
    boolean rpn = loss.equals("loss_objectness") || loss.equals("loss_rpn_box_reg");
    return rpn != heads;
  }

  private Map<String, Variable> losses(Tape tape, boolean heads) {
    Map<String, Variable> losses =
        specimen
            .model()
            .losses(
                tape,
                specimen.input(batch),
                specimen.targets(batch),
                new Draw(SEED, 0),
                Stages.NONE);
    Map<String, Variable> wanted = new LinkedHashMap<>(losses);
    wanted.keySet().removeIf(name -> !counts(name, heads));
    return wanted;
  }

  private Map<Parameter, float[]> gradients(boolean heads) {
    Map<Parameter, float[]> found = new LinkedHashMap<>();
    try (Frame frame = device.push("gradients");
        Tape tape = new Tape(device)) {
      List<Variable> roots = List.copyOf(losses(tape, heads).values());
      try (Gradients gradients = tape.backward(roots)) {
        for (Parameter p : specimen.model().state().trainable()) {
          Optional<Tensor> g = gradients.of(p);
          if (g.isPresent() && p.name().startsWith(HEADS) == heads) {
            found.put(p, g.get().toFloats());
          }
        }
      }
    }
    return found;
  }

  private double loss(boolean heads) {
    try (Frame frame = device.push("loss");
        Tape tape = new Tape(device)) {
      return losses(tape, heads).values().stream().mapToDouble(v -> v.value().item()).sum();
    }
  }

  private Check check(Parameter p, float[] gradient, boolean heads) {
    double square = 0;
    for (float g : gradient) {
      square += (double) g * g;
    }
    if (square == 0) {
      return new Check(p.name(), 0, 0);
    }
    float[] before = p.tensor().toFloats();
    double length = 0;
    for (float w : before) {
      length += (double) w * w;
    }
    // A bias that starts at 0 has no length of its own.
    length = Math.max(Math.sqrt(length), 0.1 * Math.sqrt(before.length));
    Check best = null;
    try {
      for (int i = 0; i < MOVES.length && (best == null || best.error() > GOOD); i++) {
        double h = MOVES[i] * length / Math.sqrt(square);
        double moved = moved(p, before, gradient, h, heads) - moved(p, before, gradient, -h, heads);
        Check c = new Check(p.name(), square, moved / (2 * h));
        best = best == null || c.error() < best.error() ? c : best;
      }
    } finally {
      p.assign(before);
    }
    return best;
  }

  private double moved(Parameter p, float[] before, float[] gradient, double h, boolean heads) {
    float[] values = before.clone();
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) (h * gradient[i]);
    }
    p.assign(values);
    return loss(heads);
  }
}

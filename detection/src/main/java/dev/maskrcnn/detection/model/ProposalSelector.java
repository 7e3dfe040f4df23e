package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.ModelSettings.Limits;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.BoxesAtLeast;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.op.Boxes.SelectProposals;
import dev.maskrcnn.tensor.op.Boxes.SelectTopK;
import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * From RPN outputs to proposals: per level the best before NMS, decode, clip, drop small, NMS, the
 * best after; then the best over all levels. Nothing here carries a gradient.
 */
final class ProposalSelector {
  /** Deltas of the RPN are not scaled. */
  public static final CoderWeights WEIGHTS = new CoderWeights(1, 1, 1, 1);

  /** Largest log scale that decoding applies: a box grows at most 62.5 times. */
  public static final double CLAMP = Math.log(1000.0 / 16);

  private final ModelSettings.ProposalLimits settings;
  private final Conventions conventions;

  /** A selector with the thresholds of the settings. */
  public ProposalSelector(ModelSettings.ProposalLimits settings, Conventions conventions) {
    this.settings = settings;
    this.conventions = conventions;
  }

  /**
   * What the RPN head gives for one level.
   *
   * @param logits {@code [N,M]}
   * @param deltas {@code [N,M,4]}
   * @param anchors {@code [M,4]}
   */
  public record Level(Tensor logits, Tensor deltas, Tensor anchors) {}

  /**
   * Selects proposals.
   *
   * @param sizes I32 {@code [N,2]} image (height, width) before padding
   */
  public Proposals select(List<Level> levels, Tensor sizes, boolean training) {
    Limits limits = training ? settings.train() : settings.test();
    List<Tensor> boxes = new ArrayList<>();
    List<Tensor> scores = new ArrayList<>();
    for (Level level : levels) {
      Proposals p = level(level, sizes, limits);
      boxes.add(p.boxes());
      scores.add(p.scores());
    }
    Tensor allBoxes = join(boxes);
    Tensor allScores = join(scores);
    // One level has no limit over all levels.
    boolean several = levels.size() > 1;
    int limit = several ? limits.total() : limits.afterNms();
    boolean acrossBatch =
        training && several && settings.acrossBatch() && conventions.proposals().acrossBatch();
    List<Tensor> out =
        sizes
            .device()
            .dispatch(new SelectProposals(limit, acrossBatch), List.of(allBoxes, allScores));
    return new Proposals(out.get(0), out.get(1), out.get(2));
  }

  private static Tensor join(List<Tensor> levels) {
    return levels.size() == 1
        ? levels.get(0)
        : levels.get(0).concat(levels.subList(1, levels.size()), 1);
  }

  private Proposals level(Level level, Tensor sizes, Limits limits) {
    Device d = sizes.device();
    double offset = conventions.boxOffset();
    Tensor ranked =
        conventions.proposals().rankLogits() ? level.logits() : level.logits().sigmoid();
    List<Tensor> top = d.dispatch(new SelectTopK(limits.beforeNms()), List.of(ranked));
    Tensor index = top.get(1);
    Tensor scores = conventions.proposals().rankLogits() ? top.get(0).sigmoid() : top.get(0);
    Shape a = level.anchors().shape();
    Tensor anchors = level.anchors().reshape(Shape.of(1, a.dim(0), 4));
    Tensor picked = gather(anchors, index);
    Tensor deltas = gather(level.deltas(), index);
    Tensor decoded =
        d.dispatch(new BoxDecode(WEIGHTS, offset, CLAMP), List.of(picked, deltas)).get(0);
    Tensor boxes = d.dispatch(new ClipBoxes(offset), List.of(decoded, sizes)).get(0);
    double minimum = Math.max(settings.minimumSize(), conventions.proposals().minimumSize());
    Tensor valid = d.dispatch(new BoxesAtLeast(minimum, offset), List.of(boxes)).get(0);
    int keep = conventions.proposals().capPerLevel() ? limits.afterNms() : index.shape().dim(1);
    List<Tensor> kept =
        d.dispatch(new Nms(settings.nms(), keep, offset), List.of(boxes, scores, valid));
    // Absent rows gather a score of 0, which no sigmoid reaches: SelectProposals skips them.
    return new Proposals(gather(boxes, kept.get(0)), gather(scores, kept.get(0)), kept.get(1));
  }

  private static Tensor gather(Tensor rows, Tensor index) {
    return rows.device().dispatch(new BatchGather(), List.of(rows, index)).get(0);
  }
}

package dev.maskrcnn.detection.roi;

import dev.maskrcnn.detection.model.ModelSettings;
import dev.maskrcnn.detection.model.Targets;
import dev.maskrcnn.detection.rpn.Proposals;
import dev.maskrcnn.detection.rpn.RpnTargets.Draw;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.AppendBoxes;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.IndexWhere;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import java.util.List;

/** Draws the RoIs that the heads learn from, and gives them labels and box targets. */
public final class RoiSampler {
  private final ModelSettings.RoiHeads roi;
  private final double offset;

  /** A sampler with the thresholds of the settings. */
  public RoiSampler(ModelSettings settings) {
    this.roi = settings.roi();
    this.offset = settings.conventions().boxOffset();
  }

  /**
   * The sampled RoIs of a batch, image by image in the order of the proposals.
   *
   * @param candidates proposals with the ground truth appended
   * @param matched I32 {@code [N,K]}: object of each candidate
   * @param rois {@code [R,5]} (image, x1, y1, x2, y2)
   * @param labels I32 {@code [R]}: class, 0 for background
   * @param deltas {@code [R,4]}: box targets; meaningless for background
   * @param objects I32 {@code [R]}: row {@code n·G + g} of the matched object, negative for none
   */
  public record Sample(
      Proposals candidates,
      Tensor matched,
      Tensor rois,
      Tensor labels,
      Tensor deltas,
      Tensor objects) {
    /** Number of RoIs. */
    public int count() {
      return rois.shape().dim(0);
    }
  }

  /** Matches, samples and encodes. The number of RoIs depends on the data: this reads it back. */
  public Sample sample(Proposals proposals, Targets truth, Draw draw) {
    Device d = proposals.boxes().device();
    List<Tensor> appended =
        d.dispatch(
            new AppendBoxes(),
            List.of(proposals.boxes(), proposals.counts(), truth.boxes(), truth.counts()));
    Tensor boxes = appended.get(0);
    Tensor counts = appended.get(1);
    MatchBoxes match = new MatchBoxes(roi.foreground(), roi.background(), false, offset);
    Tensor matched =
        d.dispatch(match, List.of(truth.boxes(), truth.counts(), boxes, counts)).get(0);
    Tensor labels = d.dispatch(new AssignLabels(false), List.of(matched, truth.labels())).get(0);
    SampleBalanced draws =
        new SampleBalanced(roi.batch(), roi.positiveFraction(), draw.seed(), draw.offset());
    Tensor sampled = d.dispatch(draws, List.of(labels)).get(0);
    Tensor index = present(sampled, 0, (int) sampled.shape().size());
    Tensor rois = d.dispatch(new RoisAt(), List.of(boxes, index)).get(0);
    Tensor objectBoxes = d.dispatch(new BatchGather(), List.of(truth.boxes(), matched)).get(0);
    int rows = (int) sampled.shape().size();
    Tensor own = rows(boxes.reshape(Shape.of(rows, 4)), index);
    Tensor wanted = rows(objectBoxes.reshape(Shape.of(rows, 4)), index);
    Tensor deltas = d.dispatch(new BoxEncode(roi.weights(), offset), List.of(own, wanted)).get(0);
    return new Sample(
        new Proposals(boxes, proposals.scores(), counts),
        matched,
        rois,
        rows(sampled.reshape(Shape.of(rows)), index),
        deltas,
        objectRows(matched, index, truth.rows()));
  }

  /** The positions of labels ≥ minimum, without padding. */
  public static Tensor present(Tensor labels, int minimum, int capacity) {
    Device d = labels.device();
    List<Tensor> found = d.dispatch(new IndexWhere(minimum, capacity), List.of(labels));
    int count = found.get(1).toInts()[0];
    return found.get(0).slice(0, 0, count);
  }

  /** Rows of a tensor by index. */
  public static Tensor rows(Tensor x, Tensor index) {
    return x.device().dispatch(new GatherRows(), List.of(x, index)).get(0);
  }

  private static Tensor objectRows(Tensor matched, Tensor index, int objectsPerImage) {
    int perImage = matched.shape().dim(1);
    int[] match = matched.toInts();
    int[] at = index.toInts();
    int[] object = new int[at.length];
    for (int i = 0; i < at.length; i++) {
      int m = match[at[i]];
      object[i] = m < 0 ? -1 : at[i] / perImage * objectsPerImage + m;
    }
    return matched.device().of(Shape.of(object.length), object);
  }
}

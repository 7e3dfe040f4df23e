package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.AppendBoxes;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.op.Masks.ObjectRows;
import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;

/** Draws the RoIs that the heads learn from, and gives them labels and box targets. */
final class RoiSampler {
  private final ModelSettings.Heads roi;
  private final double offset;

  /** A sampler with the thresholds of the settings. */
  public RoiSampler(ModelSettings.Heads settings, double boxOffset) {
    this.roi = settings;
    this.offset = boxOffset;
  }

  /**
   * The sampled RoIs of a batch, image by image in the order of the proposals.
   *
   * @param candidates proposals with the ground truth appended
   * @param matched I32 {@code [N,K]}: object of each candidate
   * @param positions I32 {@code [R]}: flat position of each RoI among the candidates
   * @param rois {@code [R,5]} (image, x1, y1, x2, y2); image −1 is padding
   * @param labels I32 {@code [R]}: class, 0 for background, −1 for padding
   * @param deltas {@code [R,4]}: box targets; meaningless for background
   * @param objects I32 {@code [R]}: row {@code n·G + g} of the matched object, negative for none
   */
  public record Sample(
      Proposals candidates,
      Tensor matched,
      Tensor positions,
      Tensor rois,
      Tensor labels,
      Tensor deltas,
      Tensor objects) {
    /** Number of RoIs, padding included. */
    public int count() {
      return rois.shape().dim(0);
    }
  }

  /** Matches, samples and encodes. */
  public Sample sample(Proposals proposals, Targets truth, Draw draw) {
    Device d = proposals.boxes().device();
    List<Tensor> appended =
        d.dispatch(
            new AppendBoxes(),
            List.of(proposals.boxes(), proposals.counts(), truth.boxes(), truth.counts()));
    Tensor boxes = appended.get(0);
    Tensor counts = appended.get(1);
    MatchBoxes match =
        new MatchBoxes(roi.matching().foreground(), roi.matching().background(), false, offset);
    Tensor matched =
        d.dispatch(match, List.of(truth.boxes(), truth.counts(), boxes, counts)).get(0);
    Tensor labels = d.dispatch(new AssignLabels(false), List.of(matched, truth.labels())).get(0);
    Tensor sampled = draw.sample(labels, roi.sampling());
    int rows = (int) sampled.shape().size();
    PresentRows drawn =
        PresentRows.of(
            sampled,
            0,
            new PresentRows.Capacity(0, labels.shape().dim(0) * roi.sampling().batch(), 1));
    Tensor rois = d.dispatch(new RoisAt(), List.of(boxes, drawn.positions())).get(0);
    Tensor objectBoxes = d.dispatch(new BatchGather(), List.of(truth.boxes(), matched)).get(0);
    Tensor own = drawn.of(boxes.reshape(Shape.of(rows, 4)));
    Tensor wanted = drawn.of(objectBoxes.reshape(Shape.of(rows, 4)));
    Tensor deltas = d.dispatch(new BoxEncode(roi.weights(), offset), List.of(own, wanted)).get(0);
    Tensor objects = d.dispatch(new ObjectRows(truth.rows()), List.of(matched)).get(0);
    return new Sample(
        new Proposals(boxes, proposals.scores(), counts),
        matched,
        drawn.positions(),
        rois,
        drawn.labels(sampled),
        deltas,
        drawn.labels(objects));
  }

  /**
   * The RoIs of a sample that have a class: those of which masks are learnt. There is always a row,
   * so that without positives every parameter still takes part and gets a gradient of zero, as in
   * the original.
   */
  public Positives positives(Sample sample) {
    int images = sample.matched.shape().dim(0);
    int most = Math.min(images * roi.sampling().positives(), sample.count());
    PresentRows rows = PresentRows.of(sample.labels, 1, new PresentRows.Capacity(1, most, 8));
    Tensor boxes = sample.candidates.boxes();
    Tensor at = rows.labels(sample.positions);
    return new Positives(
        rows.positions(),
        boxes.device().dispatch(new RoisAt(), List.of(boxes, at)).get(0),
        rows.labels(sample.labels),
        rows.labels(sample.objects));
  }

  /**
   * The RoIs of a sample that have a class.
   *
   * @param rows I32 {@code [P]}: which of the sample, −1 for padding
   * @param rois {@code [P,5]}
   * @param labels I32 {@code [P]}, from 1; −1 for padding
   * @param objects I32 {@code [P]}: row of the matched object, −1 for padding
   */
  public record Positives(Tensor rows, Tensor rois, Tensor labels, Tensor objects) {}
}

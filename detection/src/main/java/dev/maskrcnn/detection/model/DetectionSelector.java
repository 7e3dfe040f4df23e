package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.DetectionRule;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.op.Boxes.SelectDetections;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** From class scores and deltas of all proposals to the detections of each image. */
final class DetectionSelector {
  /** Room for detections that tie with the last one. */
  private static final int TIES = 100;

  private final ModelSettings settings;
  private final Conventions conventions;

  DetectionSelector(ModelSettings settings) {
    this.settings = settings;
    this.conventions = settings.conventions();
  }

  /** All proposals as RoIs {@code [N·K,5]}, padding included. */
  Tensor rois(Proposals proposals) {
    return roisOf(proposals.boxes(), PresentRows.all(proposals.boxes()));
  }

  private static Tensor roisOf(Tensor boxes, PresentRows rows) {
    return boxes.device().dispatch(new RoisAt(), List.of(boxes, rows.positions())).get(0);
  }

  /**
   * Detections of a batch: boxes {@code [N,D,4]}, scores {@code [N,D]}, labels I32 {@code [N,D]},
   * −1 in the padding, counts I32 {@code [N]}.
   */
  record Selection(Tensor boxes, Tensor scores, Tensor labels, Tensor counts) {

    /**
     * The detections of all images, image by image. More ties than there is room for, in one batch,
     * lose the last of them.
     */
    PresentRows rows(int limit) {
      int images = labels.shape().dim(0);
      int most = limit > 0 ? images * limit + TIES : Math.toIntExact(labels.shape().size());
      return PresentRows.of(labels, 1, new PresentRows.Capacity(0, most, 8));
    }

    /** RoIs of detections. */
    Tensor rois(PresentRows rows) {
      return roisOf(boxes, rows);
    }

    /** With masks {@code [D,M,M]} of the rows, or without. */
    DeviceDetections with(Optional<Tensor> masks, int maskSize) {
      return new DeviceDetections(boxes, scores, labels, counts, masks, maskSize);
    }
  }

  /** Proposals as detections of no class: label 0. */
  static Selection withoutClasses(Proposals p) {
    Spec labels = new Spec(p.scores().shape(), DType.I32);
    return new Selection(p.boxes(), p.scores(), p.boxes().device().filled(labels, 0), p.counts());
  }

  /** Softmax, decode, clip, thresholds, NMS per class, limit. */
  Selection select(Candidates candidates, Tensor sizes) {
    Proposals proposals = candidates.proposals();
    Tensor logits = candidates.logits();
    Device d = logits.device();
    Shape s = proposals.boxes().shape();
    int classes = logits.shape().dim(1);
    Tensor probabilities = logits.softmax().reshape(Shape.of(s.dim(0), s.dim(1), classes));
    double offset = conventions.boxOffset();
    Tensor decoded = decode(proposals, candidates.deltas(), classes);
    Tensor boxes = d.dispatch(new ClipBoxes(offset), List.of(decoded, sizes)).get(0);
    int limit = settings.roi().detections();
    DetectionRule rule =
        new DetectionRule(
            settings.roi().scoreThreshold(),
            settings.roi().nms(),
            limit,
            conventions.keepTies(),
            conventions.detectionMinimumSize());
    int capacity = limit > 0 ? limit + TIES : s.dim(1) * (classes - 1);
    List<Tensor> out =
        d.dispatch(
            new SelectDetections(rule, offset, capacity),
            List.of(boxes, probabilities, proposals.counts()));
    return new Selection(out.get(0), out.get(1), out.get(2), out.get(4));
  }

  /** Boxes {@code [N,M,4K]}; a box for all classes is repeated for each. */
  private Tensor decode(Proposals proposals, Tensor deltas, int classes) {
    Shape s = proposals.boxes().shape();
    Tensor perImage = deltas.reshape(Shape.of(s.dim(0), s.dim(1), deltas.shape().dim(1)));
    BoxDecode decode =
        new BoxDecode(settings.roi().weights(), conventions.boxOffset(), ProposalSelector.CLAMP);
    if (!settings.box().agnostic()) {
      return deltas.device().dispatch(decode, List.of(proposals.boxes(), perImage)).get(0);
    }
    Tensor own = perImage.slice(2, 4, 4);
    Tensor one = deltas.device().dispatch(decode, List.of(proposals.boxes(), own)).get(0);
    return one.concat(Collections.nCopies(classes - 1, one), 2);
  }

  /** The channel of each row's class: {@code [R,M,M,K]} → {@code [R,M,M]}. */
  static Tensor ofClass(Tensor logits, Tensor labels) {
    Shape s = logits.shape();
    Tensor flat = logits.reshape(Shape.of(s.dim(0), s.dim(1) * s.dim(2), s.dim(3)));
    return logits
        .device()
        .dispatch(new SelectClass(1), List.of(flat, labels))
        .get(0)
        .reshape(Shape.of(s.dim(0), s.dim(1), s.dim(2)));
  }
}

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
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** From class scores and deltas of all proposals to the detections of each image. */
final class DetectionSelector {
  /** Room for detections that tie with the last one. */
  private static final int TIES = 100;

  private final ModelSettings.Heads settings;
  private final Conventions conventions;

  DetectionSelector(ModelSettings.Heads settings, Conventions conventions) {
    this.settings = settings;
    this.conventions = conventions;
  }

  /** All proposals as RoIs {@code [N·K,5]}, padding included. */
  static Tensor rois(Proposals proposals) {
    return rois(proposals.boxes(), PresentRows.all(proposals.boxes()));
  }

  /** RoIs of some rows of boxes {@code [N,D,4]}. */
  static Tensor rois(Tensor boxes, PresentRows rows) {
    return boxes.device().dispatch(new RoisAt(), List.of(boxes, rows.positions())).get(0);
  }

  /**
   * The detections of all images, image by image. More ties than there is room for, in one batch,
   * lose the last of them.
   */
  PresentRows rows(DeviceDetections found) {
    Shape s = found.labels().shape();
    int limit = settings.detections().perImage();
    int most = limit > 0 ? s.dim(0) * limit + TIES : Math.toIntExact(s.size());
    return PresentRows.of(found.labels(), 1, new PresentRows.Capacity(0, most, 8));
  }

  /** Softmax, decode, clip, thresholds, NMS per class, limit. */
  DeviceDetections select(Candidates candidates, Tensor sizes) {
    Proposals proposals = candidates.proposals();
    Tensor logits = candidates.logits();
    Device d = logits.device();
    Shape s = proposals.boxes().shape();
    int classes = logits.shape().dim(1);
    Tensor probabilities = logits.softmax().reshape(Shape.of(s.dim(0), s.dim(1), classes));
    double offset = conventions.boxOffset();
    Tensor decoded = decode(proposals, candidates.deltas(), classes);
    Tensor boxes = d.dispatch(new ClipBoxes(offset), List.of(decoded, sizes)).get(0);
    int limit = settings.detections().perImage();
    DetectionRule rule =
        new DetectionRule(
            settings.detections().score(),
            settings.detections().nms(),
            limit,
            conventions.detections().keepTies(),
            conventions.detections().minimumSize());
    int capacity = limit > 0 ? limit + TIES : s.dim(1) * (classes - 1);
    List<Tensor> out =
        d.dispatch(
            new SelectDetections(rule, offset, capacity),
            List.of(boxes, probabilities, proposals.counts()));
    return new DeviceDetections(out.get(0), out.get(1), out.get(2), out.get(4), Optional.empty());
  }

  /** Boxes {@code [N,M,4K]}; a box for all classes is repeated for each. */
  private Tensor decode(Proposals proposals, Tensor deltas, int classes) {
    Shape s = proposals.boxes().shape();
    Tensor perImage = deltas.reshape(Shape.of(s.dim(0), s.dim(1), deltas.shape().dim(1)));
    BoxDecode decode =
        new BoxDecode(settings.weights(), conventions.boxOffset(), ProposalSelector.CLAMP);
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

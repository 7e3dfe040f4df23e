package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.rpn.ProposalSelector;
import dev.maskrcnn.detection.rpn.Proposals;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.DetectionRule;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.op.Boxes.SelectDetections;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
    Shape s = proposals.boxes().shape();
    int rows = s.dim(0) * s.dim(1);
    int[] index = new int[rows];
    Arrays.setAll(index, i -> i);
    Device d = proposals.boxes().device();
    return d.dispatch(new RoisAt(), List.of(proposals.boxes(), d.of(Shape.of(rows), index))).get(0);
  }

  /**
   * Detections of a batch: boxes {@code [N,D,4]}, scores {@code [N,D]}, labels I32 {@code [N,D]},
   * counts on the host.
   */
  record Selection(Tensor boxes, Tensor scores, Tensor labels, int[] counts) {

    /** Number of detections of the whole batch. */
    int total() {
      return Arrays.stream(counts).sum();
    }

    private int[] flatIndex() {
      int capacity = scores.shape().dim(1);
      int[] index = new int[total()];
      int at = 0;
      for (int n = 0; n < counts.length; n++) {
        for (int i = 0; i < counts[n]; i++) {
          index[at++] = n * capacity + i;
        }
      }
      return index;
    }

    /** RoIs of all detections, image by image. */
    Tensor rois() {
      Device d = boxes.device();
      int[] index = flatIndex();
      return d.dispatch(new RoisAt(), List.of(boxes, d.of(Shape.of(index.length), index))).get(0);
    }

    /** Labels of all detections, image by image. */
    Tensor flatLabels() {
      int[] all = labels.toInts();
      int[] index = flatIndex();
      int[] flat = new int[index.length];
      Arrays.setAll(flat, i -> all[index[i]]);
      return labels.device().of(Shape.of(flat.length), flat);
    }

    /** Copies everything to the host; {@code masks} {@code [total,M,M]} may be null. */
    List<Detections> toHost(Tensor masks, int maskSize) {
      float[] b = boxes.toFloats();
      float[] s = scores.toFloats();
      int[] l = labels.toInts();
      float[] m = masks == null ? new float[0] : masks.toFloats();
      int capacity = scores.shape().dim(1);
      int area = masks == null ? 0 : maskSize * maskSize;
      int done = 0;
      List<Detections> result = new ArrayList<>();
      for (int n = 0; n < counts.length; n++) {
        int from = n * capacity;
        int to = from + counts[n];
        result.add(
            new Detections(
                Arrays.copyOfRange(b, 4 * from, 4 * to),
                Arrays.copyOfRange(s, from, to),
                Arrays.copyOfRange(l, from, to),
                Arrays.copyOfRange(m, done * area, (done + counts[n]) * area),
                maskSize));
        done += counts[n];
      }
      return result;
    }
  }

  /** Softmax, decode, clip, thresholds, NMS per class, limit. */
  Selection select(Proposals proposals, Tensor logits, Tensor deltas, Tensor sizes) {
    Device d = logits.device();
    Shape s = proposals.boxes().shape();
    int classes = logits.shape().dim(1);
    Tensor probabilities = logits.softmax().reshape(Shape.of(s.dim(0), s.dim(1), classes));
    Tensor perImage = deltas.reshape(Shape.of(s.dim(0), s.dim(1), 4 * classes));
    double offset = conventions.boxOffset();
    BoxDecode decode = new BoxDecode(settings.roi().weights(), offset, ProposalSelector.CLAMP);
    Tensor decoded = d.dispatch(decode, List.of(proposals.boxes(), perImage)).get(0);
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
    return new Selection(out.get(0), out.get(1), out.get(2), out.get(4).toInts());
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

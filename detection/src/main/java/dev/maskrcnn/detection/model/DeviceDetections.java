package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.CapturedPass;
import dev.maskrcnn.tensor.HostCopy;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What was found in a batch, on the device and padded to the most there can be, so that its shapes
 * do not depend on the images. Belongs to its caller, who closes it.
 *
 * @param boxes {@code [N,D,4]} xyxy in network pixels
 * @param scores {@code [N,D]}
 * @param labels I32 {@code [N,D]}, −1 in the padding
 * @param counts I32 {@code [N]}
 * @param masks probabilities {@code [R,M,M]} of the detections of all images, image by image;
 *     absent where the model has no masks or nothing was found
 */
public record DeviceDetections(
    Tensor boxes, Tensor scores, Tensor labels, Tensor counts, Optional<Tensor> masks)
    implements CapturedPass.Held {

  /** Proposals as detections of no class: label 0. */
  static DeviceDetections withoutClasses(Proposals p) {
    Spec labels = new Spec(p.scores().shape(), DType.I32);
    Tensor none = p.boxes().device().filled(labels, 0);
    return new DeviceDetections(p.boxes(), p.scores(), none, p.counts(), Optional.empty());
  }

  /** The same with masks, if there are any. */
  DeviceDetections withMasks(Optional<Tensor> found) {
    return new DeviceDetections(boxes, scores, labels, counts, found);
  }

  private Stream<Tensor> tensors() {
    return Stream.concat(Stream.of(boxes, scores, labels, counts), masks.stream());
  }

  /** Moves it out of the frame that it was made in. */
  DeviceDetections promote() {
    tensors().forEach(Tensor::promote);
    return this;
  }

  /** Copies it to the host, the padding left out: one result per image, in order. */
  public List<Detections> toHost() {
    // All copies are on their way before the first is waited for.
    HostCopy b = boxes.readLater();
    HostCopy s = scores.readLater();
    HostCopy l = labels.readLater();
    HostCopy counted = counts.readLater();
    Optional<HostCopy> m = masks.map(Tensor::readLater);
    int[] n = counted.ints();
    float[] probabilities = m.map(HostCopy::floats).orElse(new float[0]);
    int side = masks.map(t -> t.shape().dim(1)).orElse(0);
    int area = side * side;
    int capacity = scores.shape().dim(1);
    int done = 0;
    List<Detections> result = new ArrayList<>();
    for (int i = 0; i < n.length; i++) {
      int from = i * capacity;
      n[i] = m.isEmpty() ? n[i] : Math.min(n[i], probabilities.length / area - done);
      int to = from + n[i];
      result.add(
          new Detections(
              Arrays.copyOfRange(b.floats(), 4 * from, 4 * to),
              Arrays.copyOfRange(s.floats(), from, to),
              Arrays.copyOfRange(l.ints(), from, to),
              Arrays.copyOfRange(probabilities, done * area, (done + n[i]) * area),
              side));
      done += n[i];
    }
    return result;
  }

  @Override
  public void close() {
    tensors().forEach(Tensor::close);
  }
}

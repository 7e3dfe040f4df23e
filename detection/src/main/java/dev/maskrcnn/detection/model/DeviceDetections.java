package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.CapturedPass;
import dev.maskrcnn.tensor.HostCopy;
import dev.maskrcnn.tensor.Tensor;
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
 * @param maskSize M
 */
public record DeviceDetections(
    Tensor boxes, Tensor scores, Tensor labels, Tensor counts, Optional<Tensor> masks, int maskSize)
    implements CapturedPass.Held {

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
    int area = m.isEmpty() ? 0 : maskSize * maskSize;
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
              maskSize));
      done += n[i];
    }
    return result;
  }

  @Override
  public void close() {
    tensors().forEach(Tensor::close);
  }
}

package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * What the box head says of all proposals of a batch, from which detections are selected.
 *
 * @param proposals boxes {@code [N,K,4]} and what belongs to them
 * @param logits {@code [N·K,C]}
 * @param deltas {@code [N·K,4C]}, or {@code [N·K,8]} of one box for all classes
 */
record Candidates(Proposals proposals, Tensor logits, Tensor deltas) {

  /**
   * The candidates of both, image by image, in a batch of {@code K + K'} rows for each. Waits for
   * the device: how many rows are present decides where the others go.
   */
  Candidates and(Candidates other) {
    Shape own = proposals.boxes().shape();
    int images = own.dim(0);
    int first = own.dim(1);
    int second = other.proposals.boxes().shape().dim(1);
    int[] firstCounts = proposals.counts().toInts();
    int[] secondCounts = other.proposals.counts().toInts();
    int[] positions = new int[images * (first + second)];
    int[] counts = new int[images];
    Arrays.fill(positions, -1);
    for (int n = 0; n < images; n++) {
      int row = n * (first + second);
      for (int k = 0; k < firstCounts[n]; k++) {
        positions[row++] = n * first + k;
      }
      for (int k = 0; k < secondCounts[n]; k++) {
        positions[row++] = images * first + n * second + k;
      }
      counts[n] = firstCounts[n] + secondCounts[n];
    }
    PresentRows rows = new PresentRows(logits.device().of(Shape.of(positions.length), positions));
    Shape both = Shape.of(images, first + second);
    Tensor boxes = rows.of(rowsOf(proposals.boxes(), other.proposals.boxes(), 4));
    Tensor scores = rows.of(rowsOf(proposals.scores(), other.proposals.scores(), 1));
    return new Candidates(
        new Proposals(
            boxes.reshape(Shape.of(images, first + second, 4)),
            scores.reshape(both),
            logits.device().of(Shape.of(images), counts)),
        rows.of(logits.concat(List.of(other.logits), 0)),
        rows.of(deltas.concat(List.of(other.deltas), 0)));
  }

  /** Both as rows of the given width, one below the other. */
  private static Tensor rowsOf(Tensor a, Tensor b, int width) {
    Tensor below = b.reshape(Shape.of(Math.toIntExact(b.shape().size() / width), width));
    return a.reshape(Shape.of(Math.toIntExact(a.shape().size() / width), width))
        .concat(List.of(below), 0);
  }
}

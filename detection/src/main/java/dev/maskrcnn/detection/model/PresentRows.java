package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.IndexWhere;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import dev.maskrcnn.tensor.op.Movement.LabelsAt;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/**
 * The rows of a batch that take part in something, as positions into all rows; −1 is padding, and
 * stays padding in everything that is made from it: RoIs of image −1, labels −1, features of zeros.
 *
 * <p>How many rows there are is known on the device only. Where looking costs no wait, this looks
 * and cuts the padding off; elsewhere all of the capacity is computed. This is the only place that
 * decides it.
 *
 * @param positions I32 {@code [R]}
 */
record PresentRows(Tensor positions) {

  /**
   * How many rows there may be.
   *
   * @param least at least so many, padding included
   * @param most at most so many
   * @param multiple the number of rows is rounded up to a multiple of this, so that few different
   *     sizes occur: each new size means new compiled convolutions
   */
  public record Capacity(int least, int most, int multiple) {
    int rounded(int count) {
      return (Math.max(least, count) + multiple - 1) / multiple * multiple;
    }
  }

  /** The rows whose label is at least {@code minimum}, in order. */
  public static PresentRows of(Tensor labels, int minimum, Capacity capacity) {
    Device d = labels.device();
    int rows = Math.toIntExact(Math.min(capacity.most, labels.shape().size()));
    IndexWhere where = new IndexWhere(minimum, capacity.rounded(rows));
    List<Tensor> found = d.dispatch(where, List.of(labels));
    if (!d.readsAreFree()) {
      return new PresentRows(found.get(0));
    }
    int count = capacity.rounded(found.get(1).toInts()[0]);
    return new PresentRows(found.get(0).slice(0, 0, count));
  }

  /** All rows of {@code [N,M,…]}. */
  public static PresentRows all(Tensor rows) {
    Device d = rows.device();
    int count = Math.toIntExact(rows.shape().size(0, 2));
    Tensor labels = d.filled(new Spec(Shape.of(count), DType.I32), 0);
    return of(labels, 0, new Capacity(0, count, 1));
  }

  /** Number of rows, padding included. */
  public int count() {
    return positions.shape().dim(0);
  }

  /** These rows of a tensor {@code [N·M,…]}; zeros in the padding. */
  public Tensor of(Tensor x) {
    return x.device().dispatch(new GatherRows(), List.of(x, positions)).get(0);
  }

  /** The labels or indices of these rows, I32; −1 in the padding. */
  public Tensor labels(Tensor all) {
    return all.device().dispatch(new LabelsAt(), List.of(all, positions)).get(0);
  }
}

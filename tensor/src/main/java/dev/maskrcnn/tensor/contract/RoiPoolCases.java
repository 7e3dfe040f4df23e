package dev.maskrcnn.tensor.contract;

import static dev.maskrcnn.tensor.contract.Workload.of;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPool;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPoolBackward;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import java.util.List;

/** RoIPool and its gradient. */
final class RoiPoolCases {
  private RoiPoolCases() {}

  static void collect(CaseList list) {
    Draw draw = new Draw(23);
    pool(list, draw, new RoiPool(7, 7, 0.25), Shape.of(2, 13, 17, 3), 33);
    pool(list, draw, new RoiPool(14, 14, 1.0 / 16), Shape.of(3, 9, 4, 33), 11);
    pool(list, draw, new RoiPool(5, 3, 0.125), Shape.of(1, 24, 40, 64), 11);
    pool(list, draw, new RoiPool(1, 1, 1), Shape.of(2, 31, 32, 16), 32);
    pool(list, draw, new RoiPool(2, 2, 0.5), Shape.of(1, 1, 1, 1), 1);
    pool(list, draw, new RoiPool(7, 7, 0.25), Shape.of(1, 5, 5, 8), 0);
    pool(list, draw, new RoiPool(7, 7, 0.25), Shape.of(1, 5, 5, 0), 3);
    // Corners at halves of a pixel, inverted, outside on either side, and larger than the map.
    double[] rows = {
      0, 2, 2, 6, 6, //
      0, -6, -2, 10, 14, //
      0, 40, 40, 8, 8, //
      0, -90, -90, -50, -50, //
      0, 200, 10, 260, 60, //
      0, -1000, -1000, 1000, 1000
    };
    Operand rois = Operand.f32(Shape.of(rows.length / 5, 5), rows);
    pool(list, draw, new RoiPool(3, 4, 0.25), Shape.of(1, 13, 17, 5), rois);
  }

  private static void pool(CaseList list, Draw draw, RoiPool op, Shape map, int rois) {
    pool(list, draw, op, map, draw.rois(map.dim(0), map.dim(2) / op.scale(), rois));
  }

  /** Forward, forward with ties, and backward. */
  private static void pool(CaseList list, Draw draw, RoiPool op, Shape map, Operand rois) {
    int count = rois.spec().shape().dim(0);
    String name = count + " rois on " + map + " " + op;
    list.exact(name, op, rois, draw.normal(map.dims()));
    list.exact(name + " with ties", op, rois, draw.steps(-2, 1, map.dims())).atKink();
    int[] pooled = {count, op.height(), op.width(), map.dim(3)};
    Operand winner = winners(op, rois, draw.steps(-4, 4, map.dims()));
    list.add(name, new RoiPoolBackward(op.scale(), map), draw.normal(pooled), winner, rois);
  }

  /**
   * Where a backward pass puts its gradients must be a pixel of the bin, as a forward pass says.
   */
  private static Operand winners(RoiPool op, Operand rois, Operand features) {
    try (Device reference = Device.reference()) {
      List<Operand> in = List.of(rois, features);
      double[] at =
          Operand.read(
              reference.dispatch(op, in.stream().map(o -> o.on(reference)).toList()).get(1));
      Shape map = features.spec().shape();
      int count = rois.spec().shape().dim(0);
      Shape shape = Shape.of(count, op.height(), op.width(), map.dim(3));
      return Operand.i32(shape, Arrays.stream(at).mapToInt(v -> (int) v).toArray());
    }
  }

  /** On the single map of a C4 body. */
  static void benchmarks(CaseList list) {
    RoiPool op = new RoiPool(7, 7, 1 / 16.0);
    list.bench("512-rois-c4", m -> of(op, m.rois(m.size.sampled()), c4(m)));
    list.bench(
        "512-rois-c4",
        m -> {
          Operand rois = m.rois(m.size.sampled());
          Input winner = Input.output(1, op, rois, c4(m));
          Input dy = m.map(winner.spec().shape().dims());
          return of(new RoiPoolBackward(op.scale(), c4(m).spec().shape()), dy, winner, rois);
        });
  }

  private static Input c4(ModelInputs m) {
    return m.map(m.images, m.size.rows(2), m.size.columns(2), 4 * m.size.channels());
  }
}

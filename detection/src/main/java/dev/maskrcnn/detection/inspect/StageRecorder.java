package dev.maskrcnn.detection.inspect;

import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.OpListener;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies what a pass shows of itself to the host: the named stages, and of some ops inputs and
 * outputs, because they are the only place where proposals before NMS, the sampled anchors and the
 * regions of the pooling appear.
 */
final class StageRecorder implements Stages, AutoCloseable {

  /** A tensor on the host. */
  record Values(Shape shape, double[] numbers) {
    static Values of(Tensor t) {
      return new Values(t.shape(), t.toDoubles());
    }

    int dim(int axis) {
      return shape.dim(axis);
    }

    /** Element of a matrix whose rows are {@code width} long. */
    double at(int row, int width, int column) {
      return numbers[row * width + column];
    }
  }

  /** One run of NMS over a level: boxes by falling score, and the indices that stay. */
  record Suppression(Values boxes, Values scores, Values kept) {}

  /** One pooling: its op, regions and their levels. */
  record Pooling(RoiAlign op, Values rois, Values levels) {}

  private final Device device;
  private final OpListener listener = this::ran;
  private final Map<String, Values> stages = new LinkedHashMap<>();
  private final List<Suppression> suppressions = new ArrayList<>();
  private final List<Pooling> poolings = new ArrayList<>();
  private Values sampledAnchors;

  StageRecorder(Device device) {
    this.device = device;
    device.listen(listener);
  }

  @Override
  public void stage(String name, Tensor value) {
    if (value.spec().dtype() != DType.I64) {
      stages.put(name, Values.of(value));
    }
  }

  private void ran(Op op, List<Tensor> in, List<Tensor> out, long nanos, String path) {
    if (op instanceof Nms && path.endsWith("rpn.proposals")) {
      suppressions.add(
          new Suppression(Values.of(in.get(0)), Values.of(in.get(1)), Values.of(out.get(0))));
    } else if (op instanceof SampleBalanced && path.endsWith("rpn.loss")) {
      sampledAnchors = Values.of(out.get(0));
    } else if (op instanceof RoiAlign align) {
      poolings.add(new Pooling(align, Values.of(in.get(0)), Values.of(in.get(1))));
    }
  }

  /** A stage, or null if the pass did not get there. */
  Values get(String name) {
    return stages.get(name);
  }

  List<Suppression> suppressions() {
    return suppressions;
  }

  List<Pooling> poolings() {
    return poolings;
  }

  /** Labels of the anchors after sampling, or null. */
  Values sampledAnchors() {
    return sampledAnchors;
  }

  @Override
  public void close() {
    device.unlisten(listener);
  }
}

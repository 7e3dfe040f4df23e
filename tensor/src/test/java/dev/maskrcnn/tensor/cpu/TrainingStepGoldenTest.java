package dev.maskrcnn.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import dev.maskrcnn.tensor.op.Boxes.AnchorsVisible;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Targets of a recorded training step of maskrcnn-benchmark, from its anchors and proposals. */
class TrainingStepGoldenTest {
  private static SafetensorsFile golden;
  private static Device device;

  @BeforeAll
  static void open() {
    golden = TestData.tensors("01_mask_r50_fpn");
    device = Device.cpu();
  }

  @AfterAll
  static void close() {
    if (device != null) {
      device.close();
    }
  }

  private static Tensor boxes(String name) {
    float[] v = golden.tensor(name).floats();
    return device.of(Shape.of(1, v.length / 4, 4), v);
  }

  private static Tensor count(Tensor boxes) {
    return device.of(Shape.of(1), boxes.shape().dim(1));
  }

  private static Tensor match(MatchBoxes op, Tensor truth, Tensor boxes) {
    return device.dispatch(op, List.of(truth, count(truth), boxes, count(boxes))).get(0);
  }

  private static Tensor anchors() {
    List<Tensor> levels = new ArrayList<>();
    for (int l = 0; l < 5; l++) {
      levels.add(boxes("anchors/" + l));
    }
    return device.dispatch(new Concat(1), levels).get(0);
  }

  @Test
  void anchorsMatchAndAreLabelled() {
    Tensor anchors = anchors();
    int m = anchors.shape().dim(1);
    int[] sizes = golden.tensor("input/image_sizes").ints();
    for (int n = 0; n < 2; n++) {
      Tensor truth = boxes("target/" + n + "/boxes");
      Tensor matched = match(new MatchBoxes(0.7, 0.3, true, 1), truth, anchors);
      int[] expected = golden.tensor("train/rpn_matched_idxs/" + n).ints();
      assertArrayEquals(expected, matched.toInts(), "matches of image " + n);
      Tensor size = device.of(Shape.of(1, 2), sizes[2 * n], sizes[2 * n + 1]);
      List<Tensor> flat = List.of(anchors.reshape(Shape.of(m, 4)), size);
      Tensor visible = device.dispatch(new AnchorsVisible(0), flat).get(0);
      assertArrayEquals(golden.tensor("anchors_visible/" + n).bytes(), visible.toBytes());
      int[] ones = new int[truth.shape().dim(1)];
      Arrays.fill(ones, 1);
      Tensor classes = device.of(Shape.of(1, ones.length), ones);
      List<Tensor> in = List.of(matched, classes, visible);
      Tensor labels = device.dispatch(new AssignLabels(true), in).get(0);
      assertArrayEquals(golden.tensor("train/rpn_labels/" + n).ints(), labels.toInts());
    }
  }

  @Test
  void proposalsMatch() {
    for (int n = 0; n < 2; n++) {
      Tensor truth = boxes("target/" + n + "/boxes");
      Tensor proposals = boxes("train/proposals/" + n + "/boxes");
      Tensor matched = match(new MatchBoxes(0.5, 0.5, false, 1), truth, proposals);
      int[] expected = golden.tensor("train/box_matched_idxs/" + n).ints();
      assertArrayEquals(expected, matched.toInts(), "image " + n);
    }
  }

  @Test
  void regressionTargetsOfSampledBoxes() {
    for (int n = 0; n < 2; n++) {
      Tensor truth = boxes("target/" + n + "/boxes");
      Tensor rois = boxes("train/box_rois/" + n);
      int[] matched = match(new MatchBoxes(0.5, 0.5, false, 1), truth, rois).toInts();
      float[] all = truth.toFloats();
      float[] wanted = new float[4 * matched.length];
      for (int i = 0; i < matched.length; i++) {
        System.arraycopy(all, 4 * Math.max(matched[i], 0), wanted, 4 * i, 4);
      }
      BoxEncode op = new BoxEncode(new CoderWeights(10, 10, 5, 5), 1);
      List<Tensor> in = List.of(rois, device.of(rois.shape(), wanted));
      float[] got = device.dispatch(op, in).get(0).toFloats();
      float[] expected = golden.tensor("train/box_reg_targets/" + n).floats();
      assertArrayEquals(expected, got, 1e-4f, "image " + n);
    }
  }

  @Test
  void levelsOfSampledBoxes() {
    List<Float> rows = new ArrayList<>();
    for (int n = 0; n < 2; n++) {
      float[] b = golden.tensor("train/box_rois/" + n).floats();
      for (int i = 0; i < b.length; i++) {
        if (i % 4 == 0) {
          rows.add((float) n);
        }
        rows.add(b[i]);
      }
    }
    float[] roi = new float[rows.size()];
    for (int i = 0; i < roi.length; i++) {
      roi[i] = rows.get(i);
    }
    Tensor rois = device.of(Shape.of(roi.length / 5, 5), roi);
    int[] got = device.dispatch(new RoiLevels(2, 5, 4, 224, 1), List.of(rois)).get(0).toInts();
    assertArrayEquals(golden.tensor("train/roi_levels").ints(), got);
  }
}

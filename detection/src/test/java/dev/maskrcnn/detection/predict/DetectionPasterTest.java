package dev.maskrcnn.detection.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DetectionPasterTest {
  private static final ImageSize SIZE = new ImageSize(40, 50);

  private static List<DetectionRecord> records(
      Detections found, ImageSize network, double boxOffset) {
    try (Device device = Device.reference()) {
      DetectionPaster paster =
          new DetectionPaster(device, new DetectionPaster.Settings(boxOffset, 0.5, 0.2, false));
      return paster.records(
          new DetectionPaster.Image(9, network, SIZE), found, label -> 100 + label);
    }
  }

  @Test
  void recordedPaste() {
    // Probability 1 everywhere, box (-5.5,-3.2,30,40) in 40 w x 50 h: 1240 ones, x 0..30, y 0..39.
    float[] ones = new float[28 * 28];
    Arrays.fill(ones, 1);
    Detections found =
        new Detections(
            new float[] {-5.5f, -3.2f, 30, 40}, new float[] {0.9f}, new int[] {1}, ones, 28);
    Rle mask = records(found, SIZE, 1).get(0).mask().orElseThrow();
    assertEquals(1240, mask.area());
    assertArrayEquals(new double[] {0, 0, 31, 40}, mask.toBbox());
  }

  @Test
  void boxesFollowTheSizePerAxisAndTheOffset() {
    Detections found =
        new Detections(
            new float[] {10, 20, 30, 60, 0, 0, 1, 1},
            new float[] {0.9f, 0.1f},
            new int[] {2, 1},
            new float[0],
            28);
    List<DetectionRecord> records = records(found, new ImageSize(80, 200), 1);
    assertEquals(1, records.size(), "the weak one is left out");
    assertArrayEquals(new double[] {5, 5, 11, 11}, records.get(0).bbox());
    assertEquals(102, records.get(0).categoryId());
    assertEquals(9, records.get(0).imageId());
    assertEquals(0.9f, records.get(0).score());
    assertTrue(records.get(0).mask().isEmpty());
    DetectionRecord continuous = records(found, new ImageSize(80, 200), 0).get(0);
    assertArrayEquals(new double[] {5, 5, 10, 10}, continuous.bbox());
  }

  /** Encoding only what a mask can reach must lose nothing, wherever its box lies. */
  @Test
  void windowsLoseNothing() {
    Random random = new Random(5);
    int count = 300;
    int side = 7;
    float[] boxes = new float[4 * count];
    float[] masks = new float[count * side * side];
    for (int i = 0; i < masks.length; i++) {
      masks[i] = random.nextFloat() < 0.8f ? 1 : 0;
    }
    for (int i = 0; i < count; i++) {
      for (int axis = 0; axis < 2; axis++) {
        float a = random.nextFloat() * 90 - 20;
        boxes[4 * i + axis] = a;
        boxes[4 * i + axis + 2] = a + random.nextFloat() * (i % 3 == 0 ? 2 : 60);
      }
    }
    float[] scores = new float[count];
    int[] labels = new int[count];
    Arrays.fill(scores, 1);
    Arrays.fill(labels, 1);
    List<DetectionRecord> records =
        records(new Detections(boxes, scores, labels, masks, side), SIZE, 1);
    byte[] pasted = paste(masks, side, boxes);
    int area = SIZE.width() * SIZE.height();
    for (int i = 0; i < count; i++) {
      byte[] one = Arrays.copyOfRange(pasted, i * area, (i + 1) * area);
      Rle whole = Rle.encode(one, SIZE.height(), SIZE.width());
      assertEquals(whole, records.get(i).mask().orElseThrow(), "mask " + i);
    }
  }

  private static byte[] paste(float[] masks, int side, float[] boxes) {
    int count = boxes.length / 4;
    try (Device device = Device.reference();
        Frame frame = device.push("test")) {
      Tensor m = device.of(Shape.of(count, side, side), masks);
      Tensor b = device.of(Shape.of(count, 4), boxes);
      MaskPaste op = new MaskPaste(SIZE.height(), SIZE.width(), 0.5, 1);
      return device.dispatch(op, List.of(m, b)).get(0).toBytes();
    }
  }
}

package dev.maskrcnn.detection.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Clip, resize and flip against the reference's numbers. */
class GroundTruthTest {
  private static GroundTruth boxes(float... xyxy) {
    int[] labels = new int[xyxy.length / 4];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i + 1;
    }
    return new GroundTruth(xyxy, labels, PolygonSet.empty());
  }

  @Test
  void goldenBoxOperations() {
    SafetensorsFile golden = TestData.tensors("16_ops");
    ImageSize image = new ImageSize(100, 80);
    GroundTruth a = boxes(golden.tensor("box_ops/a").floats());
    assertArrayEquals(golden.tensor("box_ops/flip_x").floats(), a.flipped(100, 1).boxes(), 0f);
    assertArrayEquals(
        golden.tensor("box_ops/resize_150x160").floats(),
        a.resized(image, new ImageSize(150, 160)).boxes(),
        0f);
    assertArrayEquals(
        golden.tensor("box_ops/resize_200x160").floats(),
        a.resized(image, new ImageSize(200, 160)).boxes(),
        0f);
    GroundTruth clipped = boxes(golden.tensor("box_ops/unclipped").floats()).clipped(image, 1);
    int[] kept = golden.tensor("box_ops/kept_clip_remove_empty").ints();
    float[] all = golden.tensor("box_ops/clipped").floats();
    assertEquals(kept.length, clipped.count());
    for (int i = 0; i < kept.length; i++) {
      assertEquals(kept[i] + 1, clipped.labels()[i]);
      for (int k = 0; k < 4; k++) {
        assertEquals(all[4 * kept[i] + k], clipped.boxes()[4 * i + k]);
      }
    }
  }

  @Test
  void goldenPolygonOperations() {
    SafetensorsFile golden = TestData.tensors("16_ops");
    PolygonSet polygons =
        new PolygonSet(
            golden.tensor("mask_target/poly_coords").floats(),
            golden.tensor("mask_target/poly_offsets").ints(),
            golden.tensor("mask_target/poly_instance").ints());
    assertArrayEquals(
        golden.tensor("flip/poly_coords").floats(), polygons.flipped(100, 1).coords(), 0f);
    assertArrayEquals(
        golden.tensor("resize_targets/poly_coords_150x160").floats(),
        polygons.scaled(1.5f, 2f).coords(),
        0f);
  }

  @Test
  void appendixValues() {
    assertArrayEquals(
        new float[] {530, 20, 629, 219}, boxes(10, 20, 109, 219).flipped(640, 1).boxes());
    assertArrayEquals(
        new float[] {16.65625f, 33.333332f, 181.553115f, 365},
        boxes(10, 20, 109, 219).resized(new ImageSize(640, 480), new ImageSize(1066, 800)).boxes());
  }

  @Test
  void detectron2FlipHasNoOffset() throws IOException {
    JsonNode json = TestData.json("cases/detectron2/hflip_annotation.json");
    JsonNode in = json.get("inputs");
    GroundTruthBuilder builder = new GroundTruthBuilder();
    builder.add(
        floats(in.get("bbox_xyxy")),
        1,
        List.of(doubles(in.get("segmentation").get(0)), doubles(in.get("segmentation").get(1))));
    GroundTruth flipped = builder.build().flipped(in.get("width").asInt(), 0);
    JsonNode expected = json.get("expected");
    assertArrayEquals(floats(expected.get("bbox_xyxy")), flipped.boxes(), 1e-3f);
    assertEquals(expected.get("parts").asInt(), flipped.polygons().count());
    float[] first = floats(expected.get("segmentation0"));
    for (int i = 0; i < first.length; i++) {
      assertEquals(first[i], flipped.polygons().coords()[i], 1e-3f);
    }
  }

  private static double[] doubles(JsonNode array) {
    double[] out = new double[array.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = array.get(i).asDouble();
    }
    return out;
  }

  private static float[] floats(JsonNode array) {
    float[] out = new float[array.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) array.get(i).asDouble();
    }
    return out;
  }

  /** The first object falls out, so its two polygons go and the numbers move down. */
  @Test
  void droppedObjectsTakeTheirPolygonsAlong() {
    GroundTruth targets =
        new GroundTruthBuilder()
            .add(new float[] {-9, 1, -2, 5}, 7, List.of(triangle(0), triangle(1)))
            .add(new float[] {1, 1, 4, 4}, 8, List.of())
            .add(new float[] {2, 2, 400, 4}, 9, List.of(triangle(2), triangle(3)))
            .build()
            .clipped(new ImageSize(20, 10), 1);
    assertArrayEquals(new float[] {1, 1, 4, 4, 2, 2, 19, 4}, targets.boxes());
    assertArrayEquals(new int[] {8, 9}, targets.labels());
    assertArrayEquals(new int[] {1, 1}, targets.polygons().instance());
    assertArrayEquals(new int[] {0, 6, 12}, targets.polygons().offsets());
    assertEquals(2f, targets.polygons().coords()[0]);
    assertEquals(3f, targets.polygons().coords()[6]);
  }

  private static double[] triangle(double x) {
    return new double[] {x, 0, x + 1, 0, x, 1};
  }

  @Test
  void continuousCornersReachTheBorder() {
    GroundTruth box = boxes(-3, -3, 50, 50).clipped(new ImageSize(20, 10), 0);
    assertArrayEquals(new float[] {0, 0, 20, 10}, box.boxes());
    assertArrayEquals(
        new float[] {0, 0, 19, 9}, boxes(-3, -3, 50, 50).clipped(new ImageSize(20, 10), 1).boxes());
  }

  @Test
  void builderGrowsWithoutLoss() {
    GroundTruthBuilder builder = new GroundTruthBuilder();
    for (int i = 0; i < 100; i++) {
      builder.add(new float[] {i, 0, i + 1, 1}, i + 1, List.of(triangle(i), triangle(-i)));
    }
    GroundTruth targets = builder.build();
    assertEquals(100, targets.count());
    for (int i = 0; i < 100; i++) {
      assertEquals(i, targets.boxes()[4 * i]);
      assertEquals(i, targets.polygons().instance()[2 * i + 1]);
      assertEquals(-i, targets.polygons().coords()[targets.polygons().offsets()[2 * i + 1]]);
    }
  }

  @Test
  void inconsistentArraysAreRejected() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new GroundTruth(new float[4], new int[2], PolygonSet.empty()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new PolygonSet(new float[6], new int[] {0, 4}, new int[1]));
    PolygonSet ofFourth = new PolygonSet(new float[6], new int[] {0, 6}, new int[] {3});
    assertThrows(
        IllegalArgumentException.class, () -> new GroundTruth(new float[4], new int[1], ofFourth));
  }
}

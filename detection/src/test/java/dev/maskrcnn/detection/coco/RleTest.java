package dev.maskrcnn.detection.coco;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.contract.Golden;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RleTest {
  private static Rle rle(JsonNode counts, JsonNode size) {
    return Rle.fromCompressed(counts.asText(), size.get(0).asInt(), size.get(1).asInt());
  }

  private static List<Rle> rles(JsonNode counts, JsonNode size) {
    List<Rle> out = new ArrayList<>();
    counts.forEach(c -> out.add(rle(c, size)));
    return out;
  }

  private static byte[] bitmap(JsonNode rows) {
    int width = rows.get(0).size();
    byte[] out = new byte[rows.size() * width];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) rows.get(i / width).get(i % width).asInt();
    }
    return out;
  }

  @Test
  void encodesRandomMasksAsPycocotools() {
    JsonNode c = TestData.json("cases/pycocotools/encode_random_masks.json");
    JsonNode masks = c.at("/inputs/masks");
    JsonNode expected = c.at("/expected/counts");
    assertEquals(masks.size(), expected.size());
    for (int i = 0; i < masks.size(); i++) {
      byte[] bits = bitmap(masks.get(i));
      int height = masks.get(i).size();
      Rle mask = Rle.encode(bits, height, bits.length / height);
      assertEquals(expected.get(i).asText(), mask.toCompressed());
      assertArrayEquals(
          bits,
          Rle.fromCompressed(expected.get(i).asText(), height, bits.length / height).decode());
    }
  }

  @Test
  void rasterisesBoxesAsPycocotools() {
    JsonNode c = TestData.json("cases/pycocotools/bbox_to_rle.json");
    int height = c.at("/inputs/height").asInt();
    int width = c.at("/inputs/width").asInt();
    JsonNode boxes = c.at("/inputs/boxes_xywh");
    for (int i = 0; i < boxes.size(); i++) {
      Rle mask = Rle.fromBbox(Golden.numbers(boxes.get(i)), height, width);
      assertEquals(c.at("/expected/counts").get(i).asText(), mask.toCompressed());
      assertArrayEquals(Golden.numbers(c.at("/expected/boxes_roundtrip").get(i)), mask.toBbox());
    }
  }

  @Test
  void boxOfMaskAsPycocotools() {
    JsonNode c = TestData.json("cases/pycocotools/mask_to_bbox.json");
    Rle first = Rle.encode(bitmap(c.at("/inputs/mask1_rows")), 2, 2);
    byte[] bits = new byte[100];
    for (int x = 3; x <= 5; x++) {
      bits[20 + x] = 1;
      bits[30 + x] = 1;
    }
    Rle second = Rle.encode(bits, 10, 10);
    assertArrayEquals(Golden.numbers(c.at("/expected/bbox1")), first.toBbox());
    assertArrayEquals(Golden.numbers(c.at("/expected/bbox2")), second.toBbox());
    assertEquals(c.at("/expected/counts1").asText(), first.toCompressed());
    assertEquals(c.at("/expected/counts2").asText(), second.toCompressed());
  }

  @Test
  void refusesInvalidCounts() {
    JsonNode mask = TestData.json("cases/pycocotools/rle_invalid_counts.json").at("/inputs/rle");
    CocoFormatException e =
        assertThrows(CocoFormatException.class, () -> rle(mask.get("counts"), mask.get("size")));
    assertTrue(e.getMessage().startsWith("rle: "), e.getMessage());
    assertThrows(CocoFormatException.class, () -> Rle.fromCompressed("P", 4, 4));
    assertThrows(CocoFormatException.class, () -> Rle.fromCompressed("1 2", 4, 4));
    assertThrows(CocoFormatException.class, () -> Rle.fromCompressed("ooooooooo0", 4, 4));
    assertThrows(CocoFormatException.class, () -> new Rle(2, 2, new int[] {3, 2}));
    assertThrows(CocoFormatException.class, () -> new Rle(2, 2, new int[] {3, -2, 3}));
    assertThrows(CocoFormatException.class, () -> new Rle(0, 2, new int[0]));
  }

  @Test
  void acceptsLeadingRunsOfLengthZero() {
    JsonNode c = TestData.json("cases/pycocotools/rle_leading_zeros.json");
    JsonNode in = c.at("/inputs/rle");
    Rle mask = rle(in.get("counts"), in.get("size"));
    assertArrayEquals(Golden.numbers(c.at("/expected/bbox_xywh")), mask.toBbox());
    assertEquals(c.at("/expected/area").asLong(), mask.area());
    Rle again = Rle.encode(mask.decode(), mask.height(), mask.width());
    assertEquals(c.at("/expected/reencoded_counts").asText(), again.toCompressed());
    assertArrayEquals(mask.toBbox(), again.toBbox());
    assertEquals(
        1, Rle.iou(List.of(mask), List.of(again), new boolean[1])[0][0], "runs of length zero");
    assertEquals(again, Rle.merge(List.of(mask, mask), false));
  }

  @Test
  void compressesRunsThatDoNotCoverTheMask() {
    JsonNode c = TestData.json("cases/pycocotools/uncompressed_rle.json");
    JsonNode size = c.at("/inputs/size");
    Rle mask =
        new Rle(size.get(0).asInt(), size.get(1).asInt(), Golden.integers(c.at("/inputs/counts")));
    assertEquals(c.at("/expected/counts").asText(), mask.toCompressed());
  }

  @Test
  void mergesAsPycocotools() {
    JsonNode c = TestData.json("cases/pycocotools/rle_merge.json");
    List<Rle> masks = rles(c.at("/inputs/counts"), c.at("/inputs/size"));
    JsonNode expected = c.get("expected");
    assertEquals(expected.get("union").asText(), Rle.merge(masks, false).toCompressed());
    assertEquals(expected.get("intersection").asText(), Rle.merge(masks, true).toCompressed());
    assertEquals(
        expected.get("single_element_merge").asText(),
        Rle.merge(masks.subList(0, 1), false).toCompressed());
    assertThrows(CocoFormatException.class, () -> Rle.merge(List.of(), false));
    Rle other = new Rle(3, 3, new int[] {9});
    assertThrows(CocoFormatException.class, () -> Rle.merge(List.of(masks.get(0), other), false));
  }

  @Test
  void overlapsAsPycocotools() {
    JsonNode c = TestData.json("cases/pycocotools/rle_iou_crowd.json");
    JsonNode in = c.get("inputs");
    List<Rle> dt = rles(in.get("dt_counts"), in.get("size"));
    List<Rle> gt = rles(in.get("gt_counts"), in.get("size"));
    for (int flags = 0; flags < 4; flags++) {
      boolean[] crowd = {(flags & 1) != 0, (flags & 2) != 0};
      String key = "[%s, %s]".formatted(flags & 1, flags >> 1);
      assertMatrix(c.at("/expected/recomputed").get(key), Rle.iou(dt, gt, crowd));
    }
    List<Rle> polygons = rles(in.get("poly_counts"), in.get("size"));
    assertMatrix(c.at("/expected/recomputed/poly"), Rle.iou(polygons, polygons, new boolean[3]));
  }

  private static void assertMatrix(JsonNode expected, double[][] actual) {
    assertEquals(expected.size(), actual.length);
    for (int i = 0; i < actual.length; i++) {
      assertArrayEquals(Golden.numbers(expected.get(i)), actual[i]);
    }
  }

  @Test
  void rasterisesOverlapsAndMeasuresTheGoldenPolygons() {
    List<Rle> masks = new ArrayList<>();
    for (JsonNode c : TestData.json("goldens/16_ops/case.json").get("polygon_rle")) {
      List<double[]> parts = new ArrayList<>();
      c.get("polygons").forEach(p -> parts.add(Golden.numbers(p)));
      JsonNode size = c.get("size");
      Rle mask = Rle.fromPolygons(parts, size.get(0).asInt(), size.get(1).asInt());
      assertEquals(c.get("counts").asText(), mask.toCompressed());
      assertEquals(c.get("area").asLong(), mask.area());
      assertArrayEquals(Golden.numbers(c.get("bbox")), mask.toBbox());
      masks.add(mask);
    }
    SafetensorsFile tensors = TestData.tensors("16_ops");
    boolean[] crowd = new boolean[masks.size()];
    assertArrayEquals(tensors.tensor("rle/iou").doubles(), flat(Rle.iou(masks, masks, crowd)));
    Arrays.fill(crowd, true);
    assertArrayEquals(
        tensors.tensor("rle/iou_crowd").doubles(), flat(Rle.iou(masks, masks, crowd)));
  }

  private static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  @Test
  void agreesWithBitmapsOnRandomMasks() {
    long seed = 20240521;
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      int height = 1 + random.nextInt(20);
      int width = 1 + random.nextInt(20);
      byte[] a = bits(random, height * width);
      byte[] b = bits(random, height * width);
      Rle rleA = Rle.encode(a, height, width);
      Rle rleB = Rle.encode(b, height, width);
      String where = "seed " + seed + ", mask " + i;
      assertArrayEquals(a, rleA.decode(), where);
      assertEquals(rleA, Rle.fromCompressed(rleA.toCompressed(), height, width), where);
      byte[] or = new byte[a.length];
      byte[] and = new byte[a.length];
      int union = 0;
      int both = 0;
      for (int p = 0; p < a.length; p++) {
        or[p] = (byte) (a[p] | b[p]);
        and[p] = (byte) (a[p] & b[p]);
        union += or[p];
        both += and[p];
      }
      List<Rle> pair = List.of(rleA, rleB);
      assertEquals(Rle.encode(or, height, width), Rle.merge(pair, false), where);
      assertEquals(Rle.encode(and, height, width), Rle.merge(pair, true), where);
      double[][] iou = Rle.iou(List.of(rleA), List.of(rleB), new boolean[1]);
      assertEquals(both == 0 ? 0 : (double) both / union, iou[0][0], where);
      assertWindow(random, a, height, width);
    }
  }

  private static void assertWindow(Random random, byte[] bits, int height, int width) {
    int x = random.nextInt(width);
    int y = random.nextInt(height);
    var window =
        new Rle.Window(x, y, random.nextInt(width - x + 1), random.nextInt(height - y + 1));
    byte[] inside = new byte[window.width() * window.height()];
    byte[] whole = new byte[bits.length];
    for (int i = 0; i < inside.length; i++) {
      int at = (y + i / window.width()) * width + x + i % window.width();
      inside[i] = bits[at];
      whole[at] = bits[at];
    }
    assertEquals(Rle.encode(whole, height, width), Rle.encodeWindow(inside, window, height, width));
  }

  private static byte[] bits(Random random, int n) {
    byte[] out = new byte[n];
    double density = random.nextDouble();
    for (int i = 0; i < n; i++) {
      out[i] = (byte) (random.nextDouble() < density ? 1 : 0);
    }
    return out;
  }

  @Test
  void refusesWindowsOutsideOfTheMask() {
    var window = new Rle.Window(3, 0, 2, 2);
    assertThrows(CocoFormatException.class, () -> Rle.encodeWindow(new byte[4], window, 4, 4));
  }

  @Test
  void emptyMaskHasNoBox() {
    assertArrayEquals(new double[4], Rle.encode(new byte[6], 2, 3).toBbox());
    assertArrayEquals(new double[4], new Rle(2, 3, new int[] {2, 0, 4}).toBbox());
  }
}

package dev.maskrcnn.detection.coco;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.contract.Golden;
import org.junit.jupiter.api.Test;

class PolygonRasterTest {
  @Test
  void rasterisesPolygonsAsPycocotools() {
    JsonNode c = TestData.json("cases/pycocotools/polygon_to_rle.json");
    int height = c.at("/inputs/height").asInt();
    int width = c.at("/inputs/width").asInt();
    JsonNode polygons = c.at("/inputs/polygons_xy");
    for (int i = 0; i < polygons.size(); i++) {
      Rle mask = Rle.fromPolygon(Golden.numbers(polygons.get(i)), height, width);
      assertEquals(c.at("/expected/counts").get(i).asText(), mask.toCompressed());
      assertArrayEquals(rows(c.at("/expected/decoded_rows").get(i)), mask.decode());
    }
  }

  /** Rows as texts of 0 and 1, or as lists of numbers. */
  private static byte[] rows(JsonNode rows) {
    StringBuilder bits = new StringBuilder();
    rows.forEach(row -> bits.append(row.isTextual() ? row.asText() : row.toString()));
    String digits = bits.toString().replaceAll("[^01]", "");
    byte[] out = new byte[digits.length()];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) (digits.charAt(i) - '0');
    }
    return out;
  }

  @Test
  void rasterisesRandomPolygonsAsPycocotools() {
    for (JsonNode c : TestData.json("cases/pycocotools/polygon_raster_random.json").get("cases")) {
      int height = c.get("size").get(0).asInt();
      int width = c.get("size").get(1).asInt();
      Rle mask = Rle.fromPolygon(Golden.numbers(c.get("polygon")), height, width);
      assertEquals(c.get("counts").asText(), mask.toCompressed(), () -> c.toString());
    }
  }

  @Test
  void refusesWhatIsNoPolygon() {
    assertThrows(CocoFormatException.class, () -> Rle.fromPolygon(new double[] {1, 1, 2, 2}, 4, 4));
    assertThrows(
        CocoFormatException.class, () -> Rle.fromPolygon(new double[] {1, 1, 2, 2, 3, 1, 0}, 4, 4));
    assertThrows(
        CocoFormatException.class,
        () -> Rle.fromPolygon(new double[] {1, 1, 2, 2, Double.NaN, 1}, 4, 4));
  }
}

package dev.maskrcnn.detection.coco;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.contract.Golden;
import java.util.List;
import org.junit.jupiter.api.Test;

class PolygonsTest {
  @Test
  void areasOfSquareAndTriangle() {
    JsonNode c = TestData.json("cases/detectron2/polygon_area.json");
    double[] sides = Golden.numbers(c.at("/inputs/d"));
    for (int i = 0; i < sides.length; i++) {
      double d = sides[i];
      double[] square = {0, 0, 0, d, d, d, d, 0};
      double[] triangle = {0, 0, 0, d, d, d};
      assertEquals(c.at("/expected/square").get(i).asDouble(), Polygons.area(square));
      assertEquals(c.at("/expected/triangle").get(i).asDouble(), Polygons.area(triangle));
      assertEquals(d * d * 1.5, new Polygons(List.of(square, triangle)).area());
    }
  }
}

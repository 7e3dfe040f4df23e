package dev.maskrcnn.detection.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.contract.Golden;
import org.junit.jupiter.api.Test;

class BoxOverlapTest {
  private static double[][] boxes(JsonNode list) {
    double[][] out = new double[list.size()][];
    for (int i = 0; i < out.length; i++) {
      out[i] = Golden.numbers(list.get(i));
    }
    return out;
  }

  @Test
  void overlapsAsPycocotools() {
    JsonNode c = TestData.json("cases/pycocotools/bbox_iou_crowd.json");
    double[][] gt = boxes(c.at("/inputs/gt_xywh"));
    boolean[] crowd = new boolean[gt.length];
    for (int g = 0; g < gt.length; g++) {
      crowd[g] = c.at("/inputs/iscrowd").get(g).asInt() == 1;
    }
    double[][] iou = BoxOverlap.iou(boxes(c.at("/inputs/dt_xywh")), gt, crowd);
    for (int d = 0; d < iou.length; d++) {
      assertArrayEquals(
          Golden.numbers(c.at("/expected/iou").get(d)), iou[d], c.at("/tolerance/atol").asDouble());
    }
  }
}

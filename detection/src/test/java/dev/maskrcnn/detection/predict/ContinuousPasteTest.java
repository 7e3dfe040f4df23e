package dev.maskrcnn.detection.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ContinuousPasteTest {
  private static final String GOLDEN = "13_detectron2_mask_r50_fpn";
  private static final int SIDE = 28;

  /** The masks that detectron2 pasted, pixel by pixel. */
  @Test
  void recordedMasks() throws IOException {
    SafetensorsFile file = TestData.tensors(GOLDEN);
    int compared = 0;
    for (JsonNode n : TestData.json("goldens/" + GOLDEN + "/masks_rle.json")) {
      JsonNode rle = n.get("segmentation");
      ImageSize size =
          new ImageSize(rle.get("size").get(1).asInt(), rle.get("size").get(0).asInt());
      String p = "eval/detections/" + n.get("image").asInt() + "/";
      Rle pasted =
          new ContinuousPaste(size, SIDE, 0.5)
              .paste(
                  file.tensor(p + "mask_probs").floats(),
                  file.tensor(p + "boxes").floats(),
                  n.get("detection").asInt());
      assertEquals(rle.get("counts").asText(), pasted.toCompressed(), n.toString());
      compared++;
    }
    assertEquals(13, compared);
  }

  @Test
  void boxesWithoutExtentOrOutsideAreEmpty() {
    float[] ones = new float[3 * SIDE * SIDE];
    Arrays.fill(ones, 1);
    float[] boxes = {5, 5, 5, 9, -30, -30, -4, -4, 2, 3, 6, 8};
    ContinuousPaste paste = new ContinuousPaste(new ImageSize(20, 10), SIDE, 0.5);
    assertEquals(0, paste.paste(ones, boxes, 0).area());
    assertEquals(0, paste.paste(ones, boxes, 1).area());
    assertEquals(20, paste.paste(ones, boxes, 2).area());
  }
}

package dev.maskrcnn.detection.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.tensor.io.HostTensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Settings that follow from the tensors; the expected ones are those of detectron2's recipes. */
class FamilySettingsTest {
  private static HostTensor zeros(long... shape) {
    long size = 1;
    for (long extent : shape) {
      size *= extent;
    }
    return HostTensor.of(new float[(int) size], shape);
  }

  /** As much of a detector of 80 classes as settings need. */
  private static Map<String, HostTensor> detector(int width, int perGroup) {
    Map<String, HostTensor> t = new LinkedHashMap<>();
    String block = "backbone.bottom_up.res2.0.";
    t.put("backbone.bottom_up.stem.conv1.weight", zeros(64, 3, 7, 7));
    t.put(block + "conv1.weight", zeros(width, 64, 1, 1));
    t.put(block + "conv1.norm.running_var", zeros(width));
    t.put(block + "conv2.weight", zeros(width, perGroup, 3, 3));
    t.put(block + "conv3.weight", zeros(256, width, 1, 1));
    t.put("backbone.fpn_lateral2.weight", zeros(256, 256, 1, 1));
    t.put("roi_heads.box_predictor.cls_score.bias", zeros(81));
    t.put("roi_heads.box_predictor.bbox_pred.bias", zeros(320));
    return t;
  }

  private static Config settings(Map<String, HostTensor> tensors) {
    WeightFile file = WeightFile.of(Path.of("x.pkl"), WeightFile.Form.DETECTRON2, tensors);
    return new FamilySettings(file, FamilyNames.of(file).orElseThrow()).config();
  }

  @Test
  void resNet50() {
    Config c = settings(detector(64, 64));
    assertEquals("R-50-FPN", c.text("MODEL.BACKBONE.CONV_BODY"));
    assertEquals(1, c.integer("MODEL.RESNETS.NUM_GROUPS"));
    assertEquals(64, c.integer("MODEL.RESNETS.WIDTH_PER_GROUP"));
    assertTrue(c.flag("MODEL.RESNETS.STRIDE_IN_1X1"));
    assertEquals(List.of(103.53, 116.28, 123.675), c.value("INPUT.PIXEL_MEAN"));
    assertEquals(List.of(1.0, 1.0, 1.0), c.value("INPUT.PIXEL_STD"));
    assertEquals(81, c.integer("MODEL.ROI_BOX_HEAD.NUM_CLASSES"));
    assertFalse(c.flag("MODEL.MASK_ON"));
    assertFalse(c.flag("MODEL.CLS_AGNOSTIC_BBOX_REG"));
  }

  /** Trained with deviations of the pixels, stride on the 3×3 convolution. */
  @Test
  void resNeXt101() {
    Map<String, HostTensor> tensors = detector(256, 8);
    tensors.put("backbone.bottom_up.res4.22.conv1.weight", zeros(1));
    tensors.put("backbone.bottom_up.res4.6.conv1.weight", zeros(1));
    tensors.put("roi_heads.box_predictor.bbox_pred.bias", zeros(4));
    Config c = settings(tensors);
    assertEquals("R-101-FPN", c.text("MODEL.BACKBONE.CONV_BODY"));
    assertEquals(32, c.integer("MODEL.RESNETS.NUM_GROUPS"));
    assertEquals(8, c.integer("MODEL.RESNETS.WIDTH_PER_GROUP"));
    assertFalse(c.flag("MODEL.RESNETS.STRIDE_IN_1X1"));
    assertEquals(List.of(57.375, 57.12, 58.395), c.value("INPUT.PIXEL_STD"));
    assertTrue(c.flag("MODEL.CLS_AGNOSTIC_BBOX_REG"));
  }

  /** Older files say how pixels were normalised; a body of torchvision's has other strides. */
  @Test
  void theFilesOwnStatisticsOfPixels() {
    Map<String, HostTensor> tensors = detector(64, 64);
    tensors.put("pixel_mean", HostTensor.of(new float[] {123.675f, 116.28f, 103.53f}, 3, 1, 1));
    tensors.put("pixel_std", HostTensor.of(new float[] {58.395f, 57.12f, 57.375f}, 3, 1, 1));
    Config c = settings(tensors);
    assertEquals(List.of(123.675, 116.28, 103.53), c.value("INPUT.PIXEL_MEAN"));
    assertFalse(c.flag("MODEL.RESNETS.STRIDE_IN_1X1"));
  }
}

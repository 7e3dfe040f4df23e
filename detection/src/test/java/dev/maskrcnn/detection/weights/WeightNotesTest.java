package dev.maskrcnn.detection.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoClasses;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.tensor.io.HostTensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WeightNotesTest {
  private static HostTensor zeros(long... shape) {
    int count = 1;
    for (long extent : shape) {
      count *= (int) extent;
    }
    return HostTensor.of(new float[count], shape);
  }

  /** The tensors of torchvision's detectors that decide what is said of them. */
  private static Map<String, HostTensor> torchvision(int outputs) {
    Map<String, HostTensor> out = new LinkedHashMap<>();
    out.put("backbone.body.conv1.weight", zeros(2, 3, 1, 1));
    out.put("backbone.body.layer1.0.conv2.weight", zeros(2, 2, 1, 1));
    out.put("backbone.body.layer1.0.conv3.weight", zeros(2, 2, 1, 1));
    out.put("backbone.fpn.inner_blocks.0.0.weight", zeros(2, 2, 1, 1));
    out.put("roi_heads.box_predictor.cls_score.bias", zeros(outputs));
    out.put("roi_heads.box_predictor.bbox_pred.bias", zeros(4 * outputs));
    return out;
  }

  private static WeightFile file(String name, Map<String, HostTensor> tensors) {
    return WeightFile.of(Path.of(name), WeightFile.Form.TORCH, tensors);
  }

  private static double epsilon(WeightFile file) {
    return Family.conventions(Checkpoint.describe(file).config().orElseThrow())
        .weights()
        .normEpsilon();
  }

  @Test
  void epsilonOfPublishedWeightsAndOfOthers() {
    WeightFile published = file("maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth", torchvision(91));
    assertEquals(0, epsilon(published));
    assertEquals(
        List.of(
            "maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth: epsilon of frozen norms 0, as in"
                + " torchvision's COCO weights, known by its name"),
        WeightNotes.of(published));
    WeightFile own = file("mine.pth", torchvision(3));
    assertEquals(1e-5, epsilon(own));
    assertEquals(1, WeightNotes.of(own).size());
    assertTrue(
        WeightNotes.of(own).get(0).contains("set MODEL.RESNETS.FROZEN_NORM_EPSILON 0"),
        WeightNotes.of(own).toString());
  }

  /** torchvision's list: 80 categories of COCO under their ids, the rest are not used. */
  @Test
  void ninetyOneOutputsAreTheIdsOfCoco() {
    List<CocoCategory> categories =
        Checkpoint.describe(file("x.pth", torchvision(91))).categories();
    assertEquals(90, categories.size());
    assertEquals(new CocoCategory(1, "person", ""), categories.get(0));
    assertEquals(new CocoCategory(13, "stop sign", ""), categories.get(12));
    assertEquals(new CocoCategory(90, "toothbrush", ""), categories.get(89));
    List<Integer> unused =
        categories.stream()
            .filter(c -> c.name().equals(CocoClasses.UNUSED))
            .map(CocoCategory::id)
            .toList();
    assertEquals(List.of(12, 26, 29, 30, 45, 66, 68, 69, 71, 83), unused);
    assertEquals(List.of(), Checkpoint.describe(file("x.pth", torchvision(3))).categories());
  }

  @Test
  void valuesThatAreNotFiniteAndKeypoints() {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    tensors.put("a", HostTensor.of(new float[] {1, Float.NaN}, 2));
    tensors.put("b", HostTensor.of(new float[] {Float.NEGATIVE_INFINITY}, 1));
    tensors.put("roi_heads.keypoint_head.0.weight", zeros(1));
    List<String> notes = WeightNotes.of(file("x.pth", tensors));
    assertEquals(2, notes.size());
    assertTrue(notes.get(0).startsWith("x.pth: tensor a (and 1 more) holds NaN"), notes.get(0));
    assertTrue(notes.get(1).startsWith("x.pth: has a keypoint head"), notes.get(1));
  }

  /** torchvision's resnet50.pth starts a recipe that expects a body of Caffe2. */
  @Test
  void bodyOfAnotherFamily() {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    tensors.put("conv1.weight", zeros(2, 3, 1, 1));
    tensors.put("bn1.running_var", zeros(2));
    tensors.put("layer1.0.conv3.weight", zeros(2, 2, 1, 1));
    WeightFile other = file("moco.pth", tensors);
    assertEquals(Optional.empty(), WeightNotes.differences(Config.defaults(), other));
    tensors.put("fc.weight", zeros(1000, 2));
    WeightFile body = file("resnet50.pth", tensors);
    assertEquals(
        Optional.of(
            "resnet50.pth: is a body that torchvision trained on ImageNet (RGB, epsilon 1e-5,"
                + " stride in the 3x3 convolution); to keep its rules, add:"
                + " MODEL.RESNETS.FROZEN_NORM_EPSILON 1.0E-5 MODEL.RESNETS.STRIDE_IN_1X1 False"
                + " INPUT.TO_BGR255 False INPUT.PIXEL_MEAN (0.485, 0.456, 0.406)"
                + " INPUT.PIXEL_STD (0.229, 0.224, 0.225)"),
        WeightNotes.differences(Config.defaults(), body));
    assertEquals(Optional.empty(), WeightNotes.differences(Family.TORCHVISION.published(), body));
  }
}

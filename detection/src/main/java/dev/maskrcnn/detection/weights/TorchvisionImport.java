package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import java.nio.file.Path;
import java.util.Map;

/**
 * Takes over weights of torchvision's {@code maskrcnn_resnet50_fpn} and {@code
 * fasterrcnn_resnet50_fpn}, or the same on a deeper ResNet: the names become the original's, and
 * the file gets the settings under which torchvision uses them, so that commands need no recipe.
 */
public final class TorchvisionImport {
  private static final String SETTINGS =
      """
      MODEL:
        CONVENTIONS: torchvision
        BACKBONE: {OUT_CHANNELS: 256}
        RESNETS:
          STRIDE_IN_1X1: False
        RPN:
          USE_FPN: True
          ANCHOR_STRIDE: (4, 8, 16, 32, 64)
          ANCHOR_SIZES: (32, 64, 128, 256, 512)
          STRADDLE_THRESH: -1
          PRE_NMS_TOP_N_TRAIN: 2000
          PRE_NMS_TOP_N_TEST: 1000
          POST_NMS_TOP_N_TRAIN: 2000
          POST_NMS_TOP_N_TEST: 1000
          FPN_POST_NMS_TOP_N_TRAIN: 2000
          FPN_POST_NMS_TOP_N_TEST: 1000
        ROI_HEADS:
          USE_FPN: True
          SCORE_THRESH: 0.05
          DETECTIONS_PER_IMG: 100
        ROI_BOX_HEAD:
          POOLER_RESOLUTION: 7
          POOLER_SCALES: (0.25, 0.125, 0.0625, 0.03125)
          POOLER_SAMPLING_RATIO: 2
          FEATURE_EXTRACTOR: FPN2MLPFeatureExtractor
          PREDICTOR: FPNPredictor
        ROI_MASK_HEAD:
          POOLER_RESOLUTION: 14
          POOLER_SCALES: (0.25, 0.125, 0.0625, 0.03125)
          POOLER_SAMPLING_RATIO: 2
          FEATURE_EXTRACTOR: MaskRCNNFPNFeatureExtractor
          PREDICTOR: MaskRCNNC4Predictor
          RESOLUTION: 28
          SHARE_BOX_FEATURE_EXTRACTOR: False
      INPUT:
        MIN_SIZE_TRAIN: (800,)
        MIN_SIZE_TEST: 800
        MAX_SIZE_TRAIN: 1333
        MAX_SIZE_TEST: 1333
        TO_BGR255: False
        PIXEL_MEAN: [0.485, 0.456, 0.406]
        PIXEL_STD: [0.229, 0.224, 0.225]
      DATALOADER: {SIZE_DIVISIBILITY: 32}
      SOLVER: {BIAS_LR_FACTOR: 1}
      """;

  private static final String MASK = "roi_heads.mask.predictor.mask_fcn_logits.weight";
  private static final String SCORES = "roi_heads.box.predictor.cls_score.bias";

  private TorchvisionImport() {}

  /**
   * Imports a file.
   *
   * @param in state dict that torchvision's model saved
   * @param out safetensors file
   * @param normEpsilon of the frozen norms: 1e-5 as models are constructed, 0 for the published
   *     weights on COCO
   * @return number of tensors written
   * @throws CheckpointException if the input is none of these models
   * @throws dev.maskrcnn.tensor.io.TensorFileException if a file cannot be read or written
   */
  public static int run(Path in, Path out, double normEpsilon) {
    WeightFile content = WeightFile.read(in);
    if (!TorchvisionNames.fit(content.unwrapped().keySet())) {
      throw new CheckpointException(
          in + ": has no names of torchvision's detectors on a ResNet with FPN");
    }
    Map<String, HostTensor> tensors = WeightConversion.renamed(content);
    tensors.keySet().removeIf(name -> name.endsWith(".num_batches_tracked"));
    Config config =
        Config.defaults()
            .mergeYaml(SETTINGS, "torchvision")
            .with("MODEL.BACKBONE.CONV_BODY", body(in, tensors))
            .with("MODEL.ROI_BOX_HEAD.NUM_CLASSES", classes(in, tensors))
            .with("MODEL.MASK_ON", tensors.containsKey(MASK))
            .with("MODEL.RESNETS.FROZEN_NORM_EPSILON", normEpsilon);
    Map<String, String> metadata = Checkpoint.ofImport(config, "torchvision");
    Safetensors.write(out, tensors, metadata);
    return tensors.size();
  }

  private static String body(Path in, Map<String, HostTensor> tensors) {
    if (tensors.containsKey("backbone.body.layer1.0.conv3.weight")
        && !tensors.containsKey("backbone.fpn.fpn_inner1.1.weight")
        && !tensors.containsKey("rpn.head.conv.1.0.weight")) {
      if (!tensors.containsKey("backbone.body.layer3.6.conv1.weight")) {
        return "R-50-FPN";
      }
      if (!tensors.containsKey("backbone.body.layer3.23.conv1.weight")) {
        return "R-101-FPN";
      }
    }
    throw new CheckpointException(
        in
            + ": is of a model that is not known here; expected maskrcnn_resnet50_fpn or"
            + " fasterrcnn_resnet50_fpn, not a v2 and no other body than ResNet-50 or 101");
  }

  private static int classes(Path in, Map<String, HostTensor> tensors) {
    HostTensor scores = tensors.get(SCORES);
    if (scores == null || scores.shape().length != 1) {
      throw new CheckpointException(in + ": has no box head; a detector is expected");
    }
    return scores.elements();
  }
}

package dev.maskrcnn.detection.model;

/**
 * The constants in which the families of Mask R-CNN differ. A checkpoint gives the detections of
 * its own code only under the conventions that it was trained with.
 *
 * @param boxOffset 1 where box corners are inclusive pixels, 0 where they are continuous
 * @param rankLogits RPN ranks raw logits before NMS instead of sigmoid scores
 * @param proposalsAcrossBatch in training the best proposals of the whole batch are kept, in the
 *     order of the levels, instead of the best of each image
 * @param capPerLevel RPN keeps at most POST_NMS_TOP_N proposals of each level after NMS
 * @param centredAnchors anchors are centred on the cell's corner instead of on its middle
 * @param boxBeta threshold of the smooth L1 loss of the box head
 * @param normEpsilon epsilon of frozen batch norms
 * @param detectionMinimumSize smallest side of a final detection, 0 for no limit
 * @param keepTies detections that tie with the limit-th score are all kept, in class order
 * @param maskTargets how mask targets are made
 * @param decayAll weight decay and the plain rate apply to biases too
 */
public record Conventions(
    double boxOffset,
    boolean rankLogits,
    boolean proposalsAcrossBatch,
    boolean capPerLevel,
    boolean centredAnchors,
    double boxBeta,
    double normEpsilon,
    double detectionMinimumSize,
    boolean keepTies,
    MaskTargetRule maskTargets,
    boolean decayAll) {

  /** How the target of a mask is made from the ground truth. */
  public enum MaskTargetRule {
    /** COCO's polygon raster inside the RoI: values 0 and 1. */
    POLYGON_RASTER,
    /** RoIAlign of the full-size bitmap: real values. */
    ALIGNED_BITMAP
  }

  /** maskrcnn-benchmark and NVIDIA's version of it. */
  public static final Conventions MASKRCNN_BENCHMARK =
      new Conventions(
          1, false, true, true, false, 1.0, 0, 0, true, MaskTargetRule.POLYGON_RASTER, false);

  /** torchvision's {@code MaskRCNN} as constructed from its defaults. */
  public static final Conventions TORCHVISION =
      new Conventions(
          0,
          true,
          false,
          false,
          true,
          1.0 / 9,
          1e-5,
          1e-2,
          false,
          MaskTargetRule.ALIGNED_BITMAP,
          true);

  /** The same with another epsilon in frozen norms (torchvision's published weights use 0). */
  public Conventions withNormEpsilon(double epsilon) {
    return new Conventions(
        boxOffset,
        rankLogits,
        proposalsAcrossBatch,
        capPerLevel,
        centredAnchors,
        boxBeta,
        epsilon,
        detectionMinimumSize,
        keepTies,
        maskTargets,
        decayAll);
  }
}

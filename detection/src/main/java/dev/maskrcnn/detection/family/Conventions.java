package dev.maskrcnn.detection.family;

/**
 * The constants in which the families of Mask R-CNN differ. A checkpoint gives the detections of
 * its own code only under the conventions that it was trained with.
 *
 * @param boxOffset 1 where box corners are inclusive pixels, 0 where they are continuous
 * @param proposals how the RPN ranks and limits
 * @param anchors where anchors lie
 * @param alignedPooling RoIAlign takes pixel centres for whole numbers plus a half
 * @param losses thresholds and divisors
 * @param normEpsilon epsilon of frozen batch norms
 * @param detectionMinimumSize smallest side of a final detection, 0 for no limit
 * @param keepTies detections that tie with the limit-th score are all kept, in class order
 * @param masks how masks and boxes meet
 * @param decayAll weight decay and the plain rate apply to biases too
 */
public record Conventions(
    double boxOffset,
    ProposalRule proposals,
    AnchorRule anchors,
    boolean alignedPooling,
    LossRule losses,
    double normEpsilon,
    double detectionMinimumSize,
    boolean keepTies,
    MaskRule masks,
    boolean decayAll) {

  /**
   * How the RPN chooses proposals.
   *
   * @param rankLogits raw logits are ranked before NMS instead of sigmoid scores
   * @param acrossBatch in training the best proposals of the whole batch are kept, in the order of
   *     the levels, instead of the best of each image
   * @param capPerLevel at most POST_NMS_TOP_N proposals of each level are kept after NMS
   * @param minimumSize of a side, in addition to that of the settings
   */
  public record ProposalRule(
      boolean rankLogits, boolean acrossBatch, boolean capPerLevel, double minimumSize) {}

  /** Where anchors lie and how they are rounded. */
  public enum AnchorRule {
    /** Around the middle of a cell, widths rounded. */
    CELL_MIDDLE,
    /** Around the corner of a cell, corners rounded; strides follow from the sizes of the maps. */
    CORNER_ROUNDED,
    /** Around the corner of a cell, not rounded. */
    CORNER
  }

  /**
   * What the losses differ in.
   *
   * @param rpnBeta threshold of the smooth L1 loss of the RPN, 0 for plain L1
   * @param boxBeta threshold of the smooth L1 loss of the box head
   * @param rpnPerBudget sums of the RPN are divided by BATCH_SIZE_PER_IMAGE times images instead of
   *     by the number of sampled anchors
   */
  public record LossRule(double rpnBeta, double boxBeta, boolean rpnPerBudget) {}

  /** How the target of a mask is made from the ground truth. */
  public enum MaskTargetRule {
    /** COCO's polygon raster inside the RoI: values 0 and 1. */
    POLYGON_RASTER,
    /** RoIAlign of the full-size bitmap: real values. */
    ALIGNED_BITMAP
  }

  /**
   * How masks and boxes meet.
   *
   * @param targets how they are learnt
   * @param continuousPaste a found mask is sampled at pixel centres in its box; else it is resized
   *     to the box in whole pixels
   */
  public record MaskRule(MaskTargetRule targets, boolean continuousPaste) {}

  /** maskrcnn-benchmark and NVIDIA's version of it. */
  public static final Conventions MASKRCNN_BENCHMARK =
      new Conventions(
          1,
          new ProposalRule(false, true, true, 0),
          AnchorRule.CELL_MIDDLE,
          false,
          new LossRule(1.0 / 9, 1, false),
          0,
          0,
          true,
          new MaskRule(MaskTargetRule.POLYGON_RASTER, false),
          false);

  /** torchvision's {@code MaskRCNN} as constructed from its defaults. */
  public static final Conventions TORCHVISION =
      new Conventions(
          0,
          new ProposalRule(true, false, false, 1e-3),
          AnchorRule.CORNER_ROUNDED,
          false,
          new LossRule(1.0 / 9, 1.0 / 9, false),
          1e-5,
          1e-2,
          false,
          new MaskRule(MaskTargetRule.ALIGNED_BITMAP, false),
          true);

  /** detectron2's standard models. */
  public static final Conventions DETECTRON2 =
      new Conventions(
          0,
          new ProposalRule(true, false, false, Float.MIN_NORMAL),
          AnchorRule.CORNER,
          true,
          new LossRule(0, 0, true),
          1e-5,
          0,
          false,
          new MaskRule(MaskTargetRule.POLYGON_RASTER, true),
          true);

  /** The same with another epsilon in frozen norms (torchvision's published weights use 0). */
  public Conventions withNormEpsilon(double epsilon) {
    return new Conventions(
        boxOffset,
        proposals,
        anchors,
        alignedPooling,
        losses,
        epsilon,
        detectionMinimumSize,
        keepTies,
        masks,
        decayAll);
  }
}

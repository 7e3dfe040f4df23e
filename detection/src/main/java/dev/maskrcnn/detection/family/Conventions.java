package dev.maskrcnn.detection.family;

/**
 * The constants in which the families of Mask R-CNN differ. A checkpoint gives the detections of
 * its own code only under the conventions that it was trained with.
 *
 * @param geometry where boxes, anchors and samples lie
 * @param proposals how the RPN ranks and limits
 * @param losses thresholds and divisors
 * @param detections which boxes are kept
 * @param masks how masks and boxes meet
 * @param weights what is computed with them
 */
public record Conventions(
    Geometry geometry,
    ProposalRule proposals,
    LossRule losses,
    DetectionRule detections,
    MaskRule masks,
    WeightRule weights) {

  /**
   * Where boxes, anchors and samples lie.
   *
   * @param boxOffset 1 where box corners are inclusive pixels, 0 where they are continuous
   * @param anchors where anchors lie
   * @param alignedPooling RoIAlign takes pixel centres for whole numbers plus a half
   */
  public record Geometry(double boxOffset, AnchorRule anchors, boolean alignedPooling) {}

  /**
   * Which boxes are kept as detections.
   *
   * @param minimumSize of a side, 0 for no limit
   * @param keepTies those that tie with the limit-th score are all kept, in class order
   */
  public record DetectionRule(double minimumSize, boolean keepTies) {}

  /**
   * What is computed with weights.
   *
   * @param normEpsilon epsilon of frozen batch norms
   * @param decayAll weight decay and the plain rate apply to biases too
   */
  public record WeightRule(double normEpsilon, boolean decayAll) {}

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
          new Geometry(1, AnchorRule.CELL_MIDDLE, false),
          new ProposalRule(false, true, true, 0),
          new LossRule(1.0 / 9, 1, false),
          new DetectionRule(0, true),
          new MaskRule(MaskTargetRule.POLYGON_RASTER, false),
          new WeightRule(0, false));

  /** torchvision's {@code MaskRCNN} as constructed from its defaults. */
  public static final Conventions TORCHVISION =
      new Conventions(
          new Geometry(0, AnchorRule.CORNER_ROUNDED, false),
          new ProposalRule(true, false, false, 1e-3),
          new LossRule(1.0 / 9, 1.0 / 9, false),
          new DetectionRule(1e-2, false),
          new MaskRule(MaskTargetRule.ALIGNED_BITMAP, false),
          new WeightRule(1e-5, true));

  /** detectron2's standard models. */
  public static final Conventions DETECTRON2 =
      new Conventions(
          new Geometry(0, AnchorRule.CORNER, true),
          new ProposalRule(true, false, false, Float.MIN_NORMAL),
          new LossRule(0, 0, true),
          new DetectionRule(0, false),
          new MaskRule(MaskTargetRule.POLYGON_RASTER, true),
          new WeightRule(1e-5, true));

  /** 1 where box corners are inclusive pixels, 0 where they are continuous. */
  public double boxOffset() {
    return geometry.boxOffset();
  }

  /** The same with another epsilon in frozen norms (torchvision's published weights use 0). */
  public Conventions withNormEpsilon(double epsilon) {
    WeightRule other = new WeightRule(epsilon, weights.decayAll());
    return new Conventions(geometry, proposals, losses, detections, masks, other);
  }
}

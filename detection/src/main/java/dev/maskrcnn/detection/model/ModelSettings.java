package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;

/**
 * The part of a configuration that shapes the model, typed and checked once; {@code
 * ModelSettingsReader} says which {@code MODEL.*} keys each field comes from.
 *
 * @param roi, box, mask of no meaning where the model {@linkplain Rpn#alone is an RPN alone}
 */
public record ModelSettings(
    Body body,
    Fpn fpn,
    Rpn rpn,
    RoiHeads roi,
    BoxHead box,
    MaskHead mask,
    Conventions conventions) {

  /** Group norm: exactly one of channels per group and number of groups counts. */
  public record GroupNorms(int channelsPerGroup, int groups, double epsilon) {
    /** Number of groups for a layer of the given width. */
    public int groupsFor(int channels) {
      return channelsPerGroup > 0 ? channels / channelsPerGroup : groups;
    }
  }

  /**
   * ResNet: {@code blocks} per stage (three stages for a C4 body, else four), widths, and which
   * stages do not learn.
   *
   * @param headDilation of the fifth stage where it is the head of a C4 body (RES5_DILATION)
   */
  public record Body(
      int[] blocks,
      int stemWidth,
      int firstOutput,
      int groups,
      int widthPerGroup,
      boolean strideIn1x1,
      boolean groupNorm,
      int freezeAt,
      GroupNorms norms,
      int headDilation) {
    /** Channels inside the bottlenecks of a stage; stage 1 is {@code layer1}. */
    public int inner(int stage) {
      return groups * widthPerGroup << stage - 1;
    }

    /** Channels that a stage gives. */
    public int output(int stage) {
      return firstOutput << stage - 1;
    }
  }

  /**
   * Feature pyramid.
   *
   * @param present false where RPN and heads work on the one map that the body gives
   * @param width channels of the maps
   */
  public record Fpn(boolean present, int width, boolean groupNorm, boolean relu) {}

  /**
   * Region proposal network; {@code train} and {@code test} differ in their limits only.
   *
   * @param alone true if there are no heads behind it
   * @param sizes of the anchors in pixels, for each level
   * @param acrossBatch in training the limit over all levels is one for the whole batch, where the
   *     conventions have that (FPN_POST_NMS_PER_BATCH)
   */
  public record Rpn(
      boolean alone,
      double[][] sizes,
      int[] strides,
      double[] ratios,
      double straddle,
      double foreground,
      double background,
      int batch,
      double positiveFraction,
      double nms,
      double minimumSize,
      boolean acrossBatch,
      Limits train,
      Limits test) {}

  /** Numbers of proposals: per level before and after NMS, and over all levels. */
  public record Limits(int beforeNms, int afterNms, int total) {}

  /**
   * Sampling and post-processing of the RoI heads.
   *
   * @param canonicalSize side in pixels of a box that is pooled from P4 (Lin et al. 2017)
   * @param mirrored detections come from the mirrored image too
   */
  public record RoiHeads(
      double foreground,
      double background,
      CoderWeights weights,
      int batch,
      double positiveFraction,
      double scoreThreshold,
      double nms,
      int detections,
      double canonicalSize,
      boolean mirrored) {
    /** The same with another size of a box that is pooled from P4. */
    public RoiHeads withCanonicalSize(double size) {
      return new RoiHeads(
          foreground,
          background,
          weights,
          batch,
          positiveFraction,
          scoreThreshold,
          nms,
          detections,
          size,
          mirrored);
    }
  }

  /** RoIAlign of one head; sampling ratio 0 adapts to the RoI. */
  public record Pool(int resolution, double[] scales, int samplingRatio) {}

  /** What turns a pooled RoI into features. */
  public enum BoxFeatures {
    /** Two fully connected layers (FPN2MLPFeatureExtractor). */
    TWO_LAYERS,
    /** Convolutions and one fully connected layer (FPNXconv1fcFeatureExtractor). */
    CONVOLUTIONS,
    /** The fifth stage of the ResNet (ResNet50Conv5ROIFeatureExtractor). */
    FIFTH_STAGE
  }

  /** Equal 3×3 convolutions in a row. */
  public record Stack(int count, int width, int dilation) {}

  /**
   * Features, then class scores and box deltas.
   *
   * @param width of the fully connected layers
   * @param convolutions before them, where there are any
   * @param agnostic one box for all classes (CLS_AGNOSTIC_BBOX_REG)
   */
  public record BoxHead(
      BoxFeatures features,
      Pool pool,
      int classes,
      int width,
      Stack convolutions,
      boolean groupNorm,
      boolean agnostic) {
    /** Number of boxes that are predicted for a RoI, the background's included. */
    public int boxes() {
      return agnostic ? 2 : classes;
    }
  }

  /**
   * Convolutions, transposed convolution, mask logits; absent for Faster R-CNN.
   *
   * @param fifthStage features are those of the fifth stage of the ResNet instead of convolutions
   * @param shared it is the box head's fifth stage
   * @param widths of the convolutions; the last one is also that of the transposed convolution
   */
  public record MaskHead(
      boolean present,
      boolean fifthStage,
      boolean shared,
      Pool pool,
      int[] widths,
      int dilation,
      boolean groupNorm,
      int resolution) {}

  /**
   * Reads the model from a configuration.
   *
   * @throws dev.maskrcnn.detection.config.ConfigException if a value cannot be built; the message
   *     names the key
   */
  public static ModelSettings of(Config config, Conventions conventions) {
    ModelChecks.check(config);
    return new ModelSettingsReader(config).read(conventions);
  }
}

package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import java.util.Optional;

/**
 * What shapes a model, typed and checked once. {@code ModelSettingsReader} says which {@code
 * MODEL.*} keys each field comes from. Each part of the model is given its part of the settings.
 *
 * @param backbone makes the body
 * @param pyramid absent where RPN and heads work on the last map of the body
 * @param heads absent where the model is an RPN alone
 */
public record ModelSettings(
    Backbone.Factory backbone,
    Optional<Pyramid> pyramid,
    Rpn rpn,
    Optional<Heads> heads,
    Conventions conventions) {

  /**
   * Reads the model from a configuration.
   *
   * @throws dev.maskrcnn.detection.config.ConfigException if a value cannot be built; the message
   *     names the key
   */
  public static ModelSettings of(Config config, Conventions conventions) {
    ModelChecks.check(config);
    return new ModelSettingsReader(config, conventions).read();
  }

  /** The same model on another backbone. */
  public ModelSettings withBackbone(Backbone.Factory other) {
    return new ModelSettings(other, pyramid, rpn, heads, conventions);
  }

  /** The mask head, if there is one. */
  public Optional<Mask> mask() {
    return heads.flatMap(Heads::mask);
  }

  /** Group norm: exactly one of channels per group and number of groups counts. */
  public record GroupNorms(int channelsPerGroup, int groups, double epsilon) {
    /** Number of groups for a layer of the given width. */
    public int groupsFor(int channels) {
      return channelsPerGroup > 0 ? channels / channelsPerGroup : groups;
    }
  }

  /**
   * Feature pyramid.
   *
   * @param width channels of the maps
   */
  public record Pyramid(int width, Optional<GroupNorms> norms, boolean relu) {}

  /** Region proposal network. */
  public record Rpn(
      Anchors anchors, Matching matching, Sampling sampling, ProposalLimits proposals) {}

  /**
   * Anchors.
   *
   * @param sizes in pixels, for each level
   * @param strides of the levels in pixels
   * @param ratios height over width
   * @param straddle how far in pixels an anchor may stand out of the image and still be learnt from
   */
  public record Anchors(double[][] sizes, int[] strides, double[] ratios, double straddle) {
    /** Anchors of a cell, the same on all levels. */
    public int perCell() {
      return ratios.length * sizes[0].length;
    }
  }

  /** From which overlap with an object on a box is foreground, and below which it is background. */
  public record Matching(double foreground, double background) {}

  /** How many boxes of an image are learnt from, and the largest share of foreground. */
  public record Sampling(int batch, double positiveFraction) {
    /** The most boxes of foreground in an image. */
    int positives() {
      return (int) (batch * positiveFraction);
    }
  }

  /**
   * Which boxes of the RPN become proposals.
   *
   * @param nms overlap from which the worse of two boxes is dropped
   * @param minimumSize of a side in pixels
   * @param acrossBatch in training the limit over all levels is one for the whole batch, where the
   *     conventions have that (FPN_POST_NMS_PER_BATCH)
   */
  public record ProposalLimits(
      double nms, double minimumSize, boolean acrossBatch, Limits train, Limits test) {}

  /** Numbers of proposals: per level before and after NMS, and over all levels. */
  public record Limits(int beforeNms, int afterNms, int total) {}

  /** What looks at the regions that the RPN proposes; no masks for Faster R-CNN. */
  public record Heads(
      Matching matching,
      Sampling sampling,
      CoderWeights weights,
      DetectionLimits detections,
      Box box,
      Optional<Mask> mask) {}

  /**
   * Which boxes become detections.
   *
   * @param score the least
   * @param nms overlap from which the worse of two boxes of a class is dropped
   * @param perImage at most that many; 0 for no limit
   * @param mirrored detections come from the mirrored image too
   */
  public record DetectionLimits(double score, double nms, int perImage, boolean mirrored) {}

  /**
   * RoIAlign of a head.
   *
   * @param samplingRatio 0 adapts to the RoI
   * @param canonicalSize side in pixels of a box that is pooled from P4 (Lin et al. 2017)
   */
  public record Pool(int resolution, double[] scales, int samplingRatio, double canonicalSize) {}

  /**
   * Features, then class scores and box deltas.
   *
   * @param agnostic one box for all classes (CLS_AGNOSTIC_BBOX_REG)
   */
  public record Box(Pool pool, BoxFeatures features, int classes, boolean agnostic) {
    /** Number of boxes that are predicted for a RoI, the background's included. */
    public int boxes() {
      return agnostic ? 2 : classes;
    }
  }

  /**
   * Features, transposed convolution, mask logits.
   *
   * @param width of the transposed convolution
   * @param resolution of the masks
   */
  public record Mask(Pool pool, MaskFeatures features, int width, int resolution) {}

  /** What turns a pooled RoI into features for the box head. */
  public sealed interface BoxFeatures
      permits FullyConnected, ConvolutionsFirst, FifthStageFeatures {}

  /** What turns a pooled RoI into features for the mask head. */
  public sealed interface MaskFeatures permits Convolutions, FifthStageFeatures, BoxHeadFeatures {}

  /** Two fully connected layers (FPN2MLPFeatureExtractor). */
  public record FullyConnected(int width, Optional<GroupNorms> norms) implements BoxFeatures {}

  /** Convolutions and one fully connected layer (FPNXconv1fcFeatureExtractor). */
  public record ConvolutionsFirst(Convolutions convolutions, int width) implements BoxFeatures {}

  /** 3×3 convolutions in a row. */
  public record Convolutions(int[] widths, int dilation, Optional<GroupNorms> norms)
      implements MaskFeatures {
    /** Channels of the last one. */
    public int width() {
      return widths[widths.length - 1];
    }
  }

  /**
   * The fifth stage of the ResNet whose first four are the body (ResNet50Conv5ROIFeatureExtractor).
   *
   * @param dilation of its convolutions (RES5_DILATION)
   */
  public record FifthStageFeatures(ResNetSettings body, int dilation)
      implements BoxFeatures, MaskFeatures {}

  /** The features of the box head (SHARE_BOX_FEATURE_EXTRACTOR). */
  public record BoxHeadFeatures() implements MaskFeatures {}
}

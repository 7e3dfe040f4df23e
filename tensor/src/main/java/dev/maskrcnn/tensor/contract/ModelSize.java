package dev.maskrcnn.tensor.contract;

/**
 * The numbers that give the tensors of Mask R-CNN with ResNet-50-FPN their sizes.
 *
 * @param height padded image, a multiple of 32
 * @param width padded image, a multiple of 32
 * @param channels of the pyramid, a multiple of 32
 * @param sampled RoIs of the box head in training, per image
 * @param proposals per level before suppression, and in all behind it
 * @param detected RoIs in inference, per image
 * @param masks RoIs of the mask head, per image
 * @param parameters of the model
 */
public record ModelSize(
    int height,
    int width,
    int channels,
    int sampled,
    int proposals,
    int detected,
    int masks,
    int parameters) {

  /** The real model on 800×1344. */
  public static final ModelSize FULL =
      new ModelSize(800, 1344, 256, 512, 2000, 1000, 128, 44_300_000);

  /** Each kernel still gets several blocks, levels and images; for the emulation and for tests. */
  public static final ModelSize SMALL = new ModelSize(64, 96, 32, 16, 60, 40, 8, 70_000);

  /** Background and COCO's 80. */
  static final int CLASSES = 81;

  /** Objects of an image. */
  static final int TRUTHS = 60;

  /** Rows of pyramid level {@code l}, 0 for P2. */
  int rows(int l) {
    return Math.max(1, height >> (2 + l));
  }

  /** Columns of pyramid level {@code l}, 0 for P2. */
  int columns(int l) {
    return Math.max(1, width >> (2 + l));
  }

  /** Anchors of a pyramid level: three a pixel. */
  int anchors(int l) {
    return 3 * rows(l) * columns(l);
  }

  /** Anchors of P2 to P6. */
  int anchors() {
    return anchors(0) + anchors(1) + anchors(2) + anchors(3) + anchors(4);
  }
}

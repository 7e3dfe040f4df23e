package dev.maskrcnn.detection.data;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.MaskTracer;
import dev.maskrcnn.detection.coco.NoSegmentation;
import dev.maskrcnn.detection.coco.Polygons;
import dev.maskrcnn.detection.coco.RunLength;
import dev.maskrcnn.detection.coco.Segmentation;
import dev.maskrcnn.detection.coco.TrainingRule;
import dev.maskrcnn.detection.image.ImageSize;
import java.util.ArrayList;
import java.util.List;

/**
 * The images of a COCO dataset, ascending by id.
 *
 * <p>Follows maskrcnn-benchmark and NVIDIA's version: training leaves out images without any
 * annotation (a crowd counts as one); crowds are never targets; boxes are clipped to the image and
 * dropped when nothing is left. An image that has lost all its boxes stays, as pure background,
 * where the original stops with an error. Masks given as run lengths become polygons.
 */
public final class CocoSource implements SampleSource {
  private final CocoDataset dataset;
  private final List<CocoImage> images;
  private final TrainingRule rule;

  private CocoSource(CocoDataset dataset, List<CocoImage> images, TrainingRule rule) {
    this.dataset = dataset;
    this.images = images;
    this.rule = rule;
  }

  /**
   * The images to train on.
   *
   * @param dataset a loaded annotation file
   * @param boxOffset 1 for inclusive corners (x2 = x + w - 1), 0 for continuous ones
   * @throws DataException if no image has an annotation
   */
  public static CocoSource forTraining(CocoDataset dataset, double boxOffset) {
    return forTraining(dataset, new TrainingRule((float) boxOffset, false));
  }

  /**
   * The images to train on.
   *
   * @param dataset a loaded annotation file
   * @param rule which of its objects are targets
   * @throws DataException if no image has an annotation
   */
  public static CocoSource forTraining(CocoDataset dataset, TrainingRule rule) {
    List<CocoImage> kept = new ArrayList<>();
    for (CocoImage image : dataset.images()) {
      if (!dataset.annotationsOf(image.id()).isEmpty()) {
        kept.add(image);
      }
    }
    if (kept.isEmpty()) {
      throw new DataException(
          "training data: none of %s images has an annotation; check DATASETS.TRAIN"
              .formatted(dataset.images().size()));
    }
    return new CocoSource(dataset, List.copyOf(kept), rule);
  }

  /** All images. */
  public static CocoSource forTest(CocoDataset dataset, double boxOffset) {
    return new CocoSource(dataset, dataset.images(), new TrainingRule((float) boxOffset, false));
  }

  @Override
  public int size() {
    return images.size();
  }

  @Override
  public ImageEntry image(int index) {
    CocoImage image = images.get(index);
    return new ImageEntry(image.id(), dataset.imagePath(image), sizeOf(image));
  }

  @Override
  public GroundTruth targets(int index) {
    CocoImage image = images.get(index);
    GroundTruthBuilder targets = new GroundTruthBuilder();
    for (CocoAnnotation annotation : dataset.annotationsOf(image.id())) {
      if (rule.leftOut(annotation, image) == null) {
        targets.add(
            rule.box(annotation, image),
            dataset.labelOf(annotation.categoryId()),
            parts(annotation.segmentation()));
      }
    }
    return targets.build();
  }

  private static ImageSize sizeOf(CocoImage image) {
    return new ImageSize(image.width(), image.height());
  }

  private static List<double[]> parts(Segmentation segmentation) {
    if (segmentation instanceof Polygons polygons) {
      return polygons.parts();
    }
    if (segmentation instanceof RunLength mask) {
      return MaskTracer.trace(mask.rle());
    }
    assert segmentation instanceof NoSegmentation;
    return List.of();
  }
}
